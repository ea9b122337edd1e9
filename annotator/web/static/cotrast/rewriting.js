// Replaces the text of a field as typing would, so that the browser's own undo takes it back. A script that sets `value`
// empties that history. Fires no `input`: the caller says what has changed.

/** The change from one text to another: [start, end) of the first in UTF-16 units, and what stands there in the second. */
export function changeOf(before, after) {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  if (isSecondHalf(before, start) || isSecondHalf(after, start)) start -= 1;
  let same = 0;
  const most = Math.min(before.length, after.length) - start;
  while (same < most && before[before.length - 1 - same] === after[after.length - 1 - same]) same += 1;
  if (same && isSecondHalf(before, before.length - same)) same -= 1;
  return [start, before.length - same, after.slice(start, after.length - same)];
}

// Of a character outside the first plane, which is never cut in two.
function isSecondHalf(text, unit) {
  const code = text.charCodeAt(unit);
  return unit > 0 && code >= 0xdc00 && code <= 0xdfff;
}

/** Writes `text` into a field: as typing does into a text field that can be seen, else at once. */
export function rewrite(field, text) {
  if (field.value === text) return;
  if (!field.matches("textarea")) {
    field.value = text;
    return;
  }
  const focused = document.activeElement;
  const scrolled = scrollersOf(field).map((box) => [box, box.scrollTop]);
  document.addEventListener("input", swallow, true);
  try {
    const [start, end, inserted] = changeOf(field.value, text);
    field.focus({ preventScroll: true });
    field.setSelectionRange(start, end);
    const done = inserted ? document.execCommand("insertText", false, inserted) : document.execCommand("delete");
    if (!done || field.value !== text) field.value = text;
  } finally {
    document.removeEventListener("input", swallow, true);
  }
  if (focused !== field) field.blur();
  focused?.focus?.({ preventScroll: true });
  for (const [box, top] of scrolled) box.scrollTop = top;
}

const swallow = (event) => event.stopImmediatePropagation();

function scrollersOf(field) {
  const boxes = [document.scrollingElement];
  for (let box = field.parentElement; box; box = box.parentElement) if (box.scrollTop) boxes.push(box);
  return boxes;
}
