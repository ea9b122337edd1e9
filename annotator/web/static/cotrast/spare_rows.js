// Shows the hidden spare rows of the codebook form once they have text.

import { filled } from "./events.js";
import { form } from "./form_state.js";

filled.on(() => {
  for (const row of form()?.querySelectorAll("fieldset[hidden]") ?? []) {
    row.hidden = ![...row.querySelectorAll("input[type=text], textarea")].some((field) => field.value);
  }
});
