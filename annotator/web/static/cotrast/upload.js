// Says at once that a chosen file is larger than the server takes, before it is sent for nothing.

const BYTES = 1024 * 1024;

for (const form of document.querySelectorAll("form[data-upload]")) {
  const input = form.querySelector("input[type=file]");
  const problem = form.querySelector("#file-problem");
  const tooLarge = form.querySelector("[data-too-large]").textContent.trim();
  const exceeds = () => [...input.files].some((file) => file.size > Number(input.dataset.most) * BYTES);
  const show = () => {
    problem.textContent = exceeds() ? tooLarge : "";
    input.toggleAttribute("aria-invalid", exceeds());
  };
  input.addEventListener("change", show);
  form.addEventListener("submit", (event) => {
    if (!exceeds()) return;
    event.preventDefault();
    show();
    input.focus();
  });
}
