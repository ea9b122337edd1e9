// Rows of the codebook that wait unseen for a new pattern are shown once they have words.

import { filled } from "./events.js";
import { form } from "./form_state.js";

filled.on(() => {
  for (const row of form()?.querySelectorAll("fieldset[hidden]") ?? []) {
    row.hidden = ![...row.querySelectorAll("input[type=text], textarea")].some((field) => field.value);
  }
});
