// Offsets of spans, on the page and in the stored text. Stored offsets count code points, as Python does; the DOM counts
// UTF-16 units ("units" here); this module converts between them. `end` is 0 for the start of a span and 1 for its end.

export const QUOTE = 100; // characters of a span's text that its quote has
export const LONGEST = 5000; // characters of a span
const splitters = { grapheme: new Intl.Segmenter(undefined, { granularity: "grapheme" }), word: new Intl.Segmenter(undefined, { granularity: "word" }) };

// ---- on the page: units of an element's text, across its child elements ----

/** The DOM range [start, end) of an element's text, in units. */
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

/** The number of units of an element's text before a DOM position. */
export function unitsBefore(element, node, offset) {
  const range = new Range();
  range.setStart(element, 0);
  range.setEnd(node, offset);
  return String(range).length;
}

/** The unit of an element's text at a point of the window; null if another element is there. */
export function unitAt(element, x, y) {
  const caret = document.caretPositionFromPoint?.(x, y);
  const range = caret ? null : document.caretRangeFromPoint?.(x, y); // older Safari
  const node = caret?.offsetNode ?? range?.startContainer;
  return node && element.contains(node) ? unitsBefore(element, node, caret?.offset ?? range.startOffset) : null;
}

// ---- spans: { text, start, end, pattern, quote }, start and end in code points ----

/** The element that shows the text `name` of the case. */
export const elementOf = (name) => document.querySelector(`[data-text="${name}"]`);

const points = (text) => [...text].length;

function units(text, codePoints) {
  let at = 0;
  for (let count = 0; count < codePoints && at < text.length; count += 1) at += text.codePointAt(at) > 0xffff ? 2 : 1;
  return at;
}

/** Start and end of a span, in units. */
export function endsOf({ text, start, end }) {
  const whole = elementOf(text)?.textContent ?? "";
  return [units(whole, start), units(whole, end)];
}

/** The span as a DOM range; null if its text is not shown. */
export function rangeOf(span) {
  const element = elementOf(span.text);
  return element && rangeAt(element, ...endsOf(span));
}

/** Start and end of the grapheme at a unit: an emoji, a letter with its accents, a line end. */
export function character(text, unit) {
  const { index, segment } = splitters.grapheme.segment(text).containing(unit);
  return [index, index + segment.length];
}

/** The span between two units of a text, as the server takes it. It never begins or ends inside a grapheme. */
export function spanOf(name, ends, pattern) {
  const text = elementOf(name).textContent;
  const [from, to] = [character(text, ends[0])[0], character(text, ends[1] - 1)[1]];
  const start = points(text.slice(0, from));
  const quote = text.slice(from, to);
  return { text: name, start, end: start + points(quote), pattern, quote: [...quote.slice(0, 2 * QUOTE)].slice(0, QUOTE).join("") };
}

/** The span with one end moved to `unit`; null if it would be empty or too long. */
export function reaching(span, end, unit) {
  const ends = endsOf(span).with(end, unit);
  const moved = ends[0] < ends[1] ? spanOf(span.text, ends, span.pattern) : null;
  return moved && moved.end - moved.start <= LONGEST ? moved : null;
}

/** The span with one end moved by one "grapheme" or one "word", back (`by` is -1) or forth (1). */
export function stepped(span, end, by, size) {
  const text = elementOf(span.text)?.textContent ?? "";
  return reaching(span, end, step(text, endsOf(span)[end], end, by, size));
}

// By words an end stops at a word or a punctuation mark, never at white space.
function step(text, unit, end, by, size) {
  const parts = splitters[size].segment(text);
  for (let at = unit; ; ) {
    const piece = parts.containing(by > 0 ? at : at - 1);
    if (!piece) return at;
    at = by > 0 ? piece.index + piece.segment.length : piece.index;
    if (size === "grapheme" || parts.containing(at - end)?.segment.trim()) return at;
  }
}

/** The unit at which the first word of a text ends. */
export const firstWord = (text) => step(text, 0, 1, 1, "word");
