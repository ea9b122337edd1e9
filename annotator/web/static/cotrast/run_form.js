// The form that starts runs: a strategy that the chosen language model cannot be used for is disabled, with the reason.
// Without it the server refuses the same, in the same words.

const lacks = JSON.parse(document.getElementById("lacks")?.textContent ?? "{}");
const model = document.querySelector("select[name=language_model]");

function follow() {
  const lacking = lacks[model.value] ?? {};
  for (const reason of document.querySelectorAll("[data-strategy]")) {
    const sentence = lacking[reason.dataset.strategy] ?? "";
    reason.textContent = sentence;
    reason.hidden = !sentence;
    reason.closest(".strategy").querySelector("input[name=strategies]").disabled = Boolean(sentence);
  }
}

if (model) {
  model.addEventListener("change", follow);
  addEventListener("pageshow", follow); // a browser that goes back restores the choice
  follow();
}
