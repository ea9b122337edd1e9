// The events between the modules of a page, all on `document`: sender, time and detail of each.
//
// | event   | fired by                                | when                                                    | detail           |
// | ------- | --------------------------------------- | ------------------------------------------------------- | ---------------- |
// | changed | form_state, outbox, undo, spans,        | a field of the form in the outbox has a new value,      | { field }        |
// |         | adjudication, repair_edits              | by hand (field: its name) or by script                  |                  |
// | filled  | form_state, adjudication                | fields were set by script: their displays are redrawn   |                  |
// | screen  | submit                                  | this page was replaced by another one                   |                  |
// | part    | poll, repair_check                      | a part of the page was replaced                         |                  |
// | sending | submit                                  | a form is about to be sent; headers may be added, and   | { form, headers, |
// |         |                                         | promises that are waited for                            |   waits }        |
// | sent    | submit                                  | the server has accepted a form                          | { form }         |
// | unsent  | submit                                  | a form could not be sent, and stays as it is            | { form }         |
// | due     | submit                                  | the next page is the prefetched one, at this address    | { url }          |
// | renewed | heartbeat                               | the server renewed the assignment                       | { others }       |

/**
 * @template Detail
 * @param {string} name
 * @returns {{ fire: (detail?: Detail) => void, on: (act: (detail: Detail) => void) => void }}
 */
function event(name) {
  return {
    fire: (detail = {}) => document.dispatchEvent(new CustomEvent(name, { detail })),
    on: (act) => document.addEventListener(name, ({ detail }) => act(detail)),
  };
}

/** @type {ReturnType<typeof event<{ field: string }>>} */
export const changed = event("changed");
export const filled = event("filled");
export const screen = event("screen");
export const part = event("part");
/** @type {ReturnType<typeof event<{ form: HTMLFormElement, headers: Record<string, string>, waits: Promise<unknown>[] }>>} */
export const sending = event("sending");
/** @type {ReturnType<typeof event<{ form: HTMLFormElement }>>} */
export const sent = event("sent");
/** @type {ReturnType<typeof event<{ form: HTMLFormElement }>>} */
export const unsent = event("unsent");
/** @type {ReturnType<typeof event<{ url: string }>>} */
export const due = event("due");
/** @type {ReturnType<typeof event<{ others: string }>>} */
export const renewed = event("renewed");
