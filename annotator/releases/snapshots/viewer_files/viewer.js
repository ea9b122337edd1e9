"use strict";
// Every text reaches the page by textContent alone: nothing that a model or a person wrote is ever markup.
const data = JSON.parse(document.getElementById("data").textContent);
const AT_ONCE = 50;
const VERDICTS = new Map([[true, "obeyed"], [false, "violated"], [null, "not decided"]]);

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = text;
  if (className) made.className = className;
  if (name === "pre") made.dir = "auto";
  return made;
}

function list(items) {
  const made = element("ul");
  made.append(...items.map((item) => element("li", item)));
  return made;
}

function side(role, generation, constraints) {
  const made = element("section");
  made.append(element("h3", role));
  if (!generation) return made;
  if (generation.reasoning) made.append(element("h4", "Reasoning"), element("pre", generation.reasoning, "reasoning"));
  made.append(element("h4", "Answer"), element("pre", generation.answer ?? "The text is not released."));
  const verdicts = generation.verdicts.map(([place, scope, strict]) =>
    `${constraints[place]} (${scope}): ${VERDICTS.get(strict)}`);
  made.append(element("h4", "Verdicts"), list(verdicts));
  return made;
}

function annotations(rows) {
  return list(rows.map((row) =>
    [`${row.annotator}: ${row.label}`, row.patterns.join(", "), row.note].filter(Boolean).join(" · ")));
}

function fill(details, found) {
  details.append(element("h3", "Prompt"), element("pre", found.prompt ?? "The text is not released."));
  if (found.defects.length) details.append(element("h4", "Known defects"), list(found.defects));
  const sides = element("div", null, "sides");
  sides.append(side(data.first, found.first, found.constraints), side(data.second, found.second, found.constraints));
  details.append(sides, element("h3", "Annotations"), annotations(found.annotations));
}

function row(found) {
  const made = element("details");
  const gold = found.gold ? `gold: ${found.gold} (${found.gold_by})` : "no gold";
  const kind = found.practice ? "practice" : found.check ? "hidden check" : gold;
  made.append(element("summary", `${found.key} · by verdicts: ${found.outcome} · ${kind}`));
  made.addEventListener("toggle", () => made.childElementCount === 1 && fill(made, found), { once: true });
  return made;
}

function choice(label, values) {
  const made = element("label", label);
  const select = element("select");
  select.append(new Option("all", ""), ...values.map((value) => new Option(value, value)));
  made.append(select);
  return [made, select];
}

function start() {
  const [outcomeLabel, outcome] = choice("Outcome by verdicts", [...new Set(data.cases.map((found) => found.outcome))]);
  const [goldLabel, gold] = choice("Gold", [...new Set(data.cases.map((found) => found.gold).filter(Boolean))]);
  const searchLabel = element("label", "Words in prompt or answers");
  const search = element("input");
  search.type = "search";
  searchLabel.append(search);
  const form = element("form");
  form.append(outcomeLabel, goldLabel, searchLabel);
  const count = element("p", null, "soft");
  count.setAttribute("role", "status");
  const rows = element("div");
  const more = element("button", "Show more");
  more.type = "button";
  let matching = [];
  let shown = 0;
  const show = () => {
    rows.append(...matching.slice(shown, shown + AT_ONCE).map(row));
    shown = Math.min(shown + AT_ONCE, matching.length);
    more.hidden = shown === matching.length;
    count.textContent = `${shown} of ${matching.length} cases`;
  };
  const choose = () => {
    const words = search.value.toLowerCase();
    const texts = (found) => [found.key, found.prompt, found.first?.answer, found.second?.answer].join("\n").toLowerCase();
    matching = data.cases.filter((found) =>
      (!outcome.value || found.outcome === outcome.value) && (!gold.value || found.gold === gold.value) &&
      (!words || texts(found).includes(words)));
    rows.replaceChildren();
    shown = 0;
    show();
  };
  form.addEventListener("input", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", show);
  document.getElementById("main").append(form, count, rows, more);
  choose();
}

start();
