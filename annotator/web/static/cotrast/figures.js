// Draws the charts of a page and of the parts that poll.js fetches. Vega is loaded only where there is a chart; `ast` makes it
// interpret its expressions instead of compiling functions, which the content security policy forbids.

import { part } from "./events.js";

const NARROW_PX = 560;
const DRAWN = { mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false };

/** The title of the chart in the language of the page, as its accessible name. */
function nameOf(place) {
  return (place.closest("figure")?.querySelector("figcaption") ?? place.closest("section").querySelector("h2")).textContent;
}

async function draw(place) {
  const spec = JSON.parse(document.getElementById(place.dataset.spec).textContent);
  delete place.dataset.spec;
  spec.description = nameOf(place);
  if (place.clientWidth < NARROW_PX) {
    Object.assign(spec.config.axisY, { labelLimit: place.clientWidth / 3 });
    Object.assign(spec.config.legend, { columns: 1 });
  }
  try {
    const { default: embed } = await import(document.getElementById("vega").href);
    await embed(place, spec, { ...DRAWN, tooltip: { disableDefaultStyle: true } });
  } catch (error) {
    place.textContent = place.dataset.failed;
    place.classList.add("failed");
    place.removeAttribute("aria-hidden");
    throw error;
  }
}

function drawAll() {
  for (const place of document.querySelectorAll(".chart[data-spec]")) draw(place);
}

part.on(drawAll);
drawAll();
