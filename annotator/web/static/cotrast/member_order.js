// The members of a prompt set can be dragged to another place, which sends the new order. Without a mouse, or without
// this script, the arrows of each member do the same by one place.

const form = document.getElementById("members");
const list = form?.querySelector(".members");
let dragged = null;

function memberAt(event) {
  return event.target.closest?.(".member") ?? null;
}

function clear() {
  for (const member of list.children) member.classList.remove("over", "dragged");
}

function send() {
  for (const member of list.children) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "order";
    field.value = member.dataset.exemplar;
    form.append(field);
  }
  const act = document.createElement("input");
  act.type = "hidden";
  act.name = "act";
  act.value = "order";
  form.append(act);
  form.submit();
}

list?.addEventListener("dragstart", (event) => {
  dragged = memberAt(event);
  if (!dragged) return;
  dragged.classList.add("dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.exemplar);
});

list?.addEventListener("dragover", (event) => {
  const member = memberAt(event);
  if (!dragged || !member) return;
  event.preventDefault();
  for (const other of list.children) other.classList.toggle("over", other === member && other !== dragged);
});

list?.addEventListener("drop", (event) => {
  const member = memberAt(event);
  if (!dragged || !member || member === dragged) return;
  event.preventDefault();
  const members = [...list.children];
  if (members.indexOf(dragged) < members.indexOf(member)) member.after(dragged);
  else member.before(dragged);
  clear();
  send();
});

list?.addEventListener("dragend", () => {
  dragged = null;
  clear();
});
