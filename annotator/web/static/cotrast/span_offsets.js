// Where a piece of a text begins and ends, on the page and in the stored text. Offsets count code points, as Python does; the
// DOM counts UTF-16 units, so that each is converted here. An end is 0 (the start) or 1.

export const QUOTE = 100; // characters of a piece that the page holds
export const LONGEST = 5000;
const splitters = { grapheme: new Intl.Segmenter(undefined, { granularity: "grapheme" }), word: new Intl.Segmenter(undefined, { granularity: "word" }) };

// ---- on the page: units of an element's text, whatever elements it is cut into ----

/** The stretch [start, end) of an element's text. */
export function rangeAt(element, start, end) {
  const range = new Range();
  range.setStart(...locate(element, start));
  range.setEnd(...locate(element, end));
  return range;
}

function locate(element, unit) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let before = 0;
  for (let node = walker.nextNode(); node; before += node.length, node = walker.nextNode()) {
    if (before + node.length >= unit) return [node, unit - before];
  }
  return [element, 0];
}

/** How much of an element's text stands before a point of the page. */
export function unitsBefore(element, node, offset) {
  const range = new Range();
  range.setStart(element, 0);
  range.setEnd(node, offset);
  return String(range).length;
}

/** The place in an element's text that is nearest to a point of the window; null where the point is on something else. */
export function unitAt(element, x, y) {
  const caret = document.caretPositionFromPoint?.(x, y);
  const range = caret ? null : document.caretRangeFromPoint?.(x, y); // older Safari
  const node = caret?.offsetNode ?? range?.startContainer;
  return node && element.contains(node) ? unitsBefore(element, node, caret?.offset ?? range.startOffset) : null;
}

// ---- pieces: { text, start, end, pattern, quote } ----

/** The element that shows a text of the case. */
export const place = (name) => document.querySelector(`[data-text="${name}"]`);

const points = (text) => [...text].length;

function units(text, wanted) {
  let at = 0;
  for (let count = 0; count < wanted && at < text.length; count += 1) at += text.codePointAt(at) > 0xffff ? 2 : 1;
  return at;
}

/** Both ends of a piece, in units. */
export function endsOf({ text, start, end }) {
  const whole = place(text)?.textContent ?? "";
  return [units(whole, start), units(whole, end)];
}

/** The piece as a range of the page; null where its text is not shown. */
export function rangeOf(span) {
  const element = place(span.text);
  return element && rangeAt(element, ...endsOf(span));
}

/** Both ends of what is read as one character: an emoji, a letter with its accents, a line end. */
export function character(text, unit) {
  const { index, segment } = splitters.grapheme.segment(text).containing(unit);
  return [index, index + segment.length];
}

/** The piece between two places of a text, as the server takes it. It never begins or ends inside a character. */
export function spanOf(name, ends, pattern) {
  const text = place(name).textContent;
  const [from, to] = [character(text, ends[0])[0], character(text, ends[1] - 1)[1]];
  const start = points(text.slice(0, from));
  const quote = text.slice(from, to);
  return { text: name, start, end: start + points(quote), pattern, quote: [...quote.slice(0, 2 * QUOTE)].slice(0, QUOTE).join("") };
}

/** The piece with one of its ends at another place; null where nothing or too much would be left. */
export function reaching(span, end, unit) {
  const ends = endsOf(span).with(end, unit);
  const moved = ends[0] < ends[1] ? spanOf(span.text, ends, span.pattern) : null;
  return moved && moved.end - moved.start <= LONGEST ? moved : null;
}

/** The piece with one of its ends one "grapheme" or one "word" earlier (`by` is -1) or later (1). */
export function stepped(span, end, by, size) {
  const text = place(span.text)?.textContent ?? "";
  return reaching(span, end, step(text, endsOf(span)[end], end, by, size));
}

// By words an end comes to lie at a word or a sign, never at a space.
function step(text, unit, end, by, size) {
  const parts = splitters[size].segment(text);
  for (let at = unit; ; ) {
    const piece = parts.containing(by > 0 ? at : at - 1);
    if (!piece) return at;
    at = by > 0 ? piece.index + piece.segment.length : piece.index;
    if (size === "grapheme" || parts.containing(at - end)?.segment.trim()) return at;
  }
}

/** Where the first word of a text ends. */
export const firstWord = (text) => step(text, 0, 1, 1, "word");
