/* Own levels on Supports: drawn with the pointer or typed, moved, removed, and taken to an alert.
   The server draws them; while a line is dragged it is moved here. */
import { byId, element, find, make, within } from "../core/dom.mjs";
import { change, rememberedOf, route, routed } from "../core/router.mjs";
import { say } from "../core/say.mjs";
import { MOST, added, moved, priceAt, rounded, under, without } from "./own_level_list.mjs";
import { keepLevels, symbolIn } from "./own_level_store.mjs";

const PAGE = "supports";
const CHARTS = ["supports/price", "supports/day"]
  .map((key) => '[data-panel="' + key + '"] .js-plotly-plot')
  .join(", ");
const html = document.documentElement;

const shownSymbol = () => symbolIn(rememberedOf(PAGE));
const shownLevels = () =>
  (rememberedOf(PAGE).own || "").split(",").map(Number).filter(Boolean).slice(0, MOST);

/** @param {number[]} prices @param {string} sentence */
function keep(prices, sentence) {
  const lasts = keepLevels(shownSymbol(), prices);
  if (new URLSearchParams(location.search).has("own")) change({ own: null }, true);
  else route();
  say(sentence + (lasts ? "" : " This browser keeps nothing: it lasts until the page is closed."));
}

function add(price) {
  const before = shownLevels();
  const after = added(before, rounded(price));
  if (after.length > before.length) keep(after, "Own level at " + rounded(price) + ".");
  else if (before.length >= MOST) say("A symbol has at most " + MOST + " own levels.");
}

/* ---- the list ---- */

function row(price) {
  const field = make("input", {
    type: "number",
    step: "any",
    min: "0",
    class: "field",
    value: String(price),
    "aria-label": "Price of the own level at " + price,
    "data-own": String(price),
  });
  const bell = make("a", {
    class: "bell",
    href: "/alerts?symbol=" + encodeURIComponent(shownSymbol()) + "&price=" + price,
    title: "Alert me at " + price,
    "aria-label": "Alert me about " + shownSymbol() + " at " + price,
  });
  const remove = make("button", {
    type: "button",
    class: "remove",
    text: "×",
    title: "Remove " + price,
    "aria-label": "Remove the own level at " + price,
    "data-own-remove": String(price),
  });
  return make("li", {}, field, bell, remove);
}

function dress(place) {
  const draw = make("button", {
    type: "button",
    class: "quiet own-draw",
    "aria-pressed": "false",
    text: "Draw on the chart",
  });
  const field = make("input", {
    type: "number",
    step: "any",
    min: "0",
    class: "field",
    required: true,
    placeholder: "Price",
    "aria-label": "Price of an own level",
  });
  const save = make("button", { type: "submit", class: "quiet", text: "Add" });
  const form = make("form", { class: "own-add" }, field, save);
  const about = element("p", "Kept in this browser. Drag a line to move it.", "muted");
  place.append(draw, form, make("ul", { class: "own-prices" }), about);
}

function list() {
  const picker = byId("own-levels");
  if (!picker) return;
  const body = find(".own-body", picker);
  if (!body.firstChild) dress(body);
  const prices = shownLevels();
  find("summary", picker).textContent = "Own levels" + (prices.length ? ": " + prices.length : "");
  find(".own-prices", body).replaceChildren(...prices.map(row));
}

document.addEventListener("submit", (event) => {
  const form = within(event, ".own-add");
  if (!form) return;
  event.preventDefault();
  add(Number(find("input", form).value));
  form.reset();
});
document.addEventListener("change", (event) => {
  const field = within(event, "[data-own]");
  if (!field) return;
  const [from, to] = [Number(field.dataset.own), rounded(Number(field.value))];
  if (field.value && to !== from) keep(moved(shownLevels(), from, to), "Own level at " + to + ".");
});
document.addEventListener("click", (event) => {
  const remove = within(event, "[data-own-remove]");
  if (remove) {
    const price = Number(remove.dataset.ownRemove);
    keep(without(shownLevels(), price), "The own level at " + price + " is removed.");
  }
  if (within(event, ".own-draw")) drawMode(!isDrawing());
});

/* ---- with the pointer ---- */

const isDrawing = () => html.classList.contains("is-drawing-level");

function drawMode(on) {
  if (on === isDrawing()) return;
  html.classList.toggle("is-drawing-level", on);
  const button = find(".own-draw");
  if (button) button.setAttribute("aria-pressed", String(on));
  if (!on) return;
  /** @type {any} */ (byId("own-levels")).open = false;
  say("Press on the chart where the level is to be; Escape ends it.");
}

/** The chart under the pointer, with the price axis there; null elsewhere. */
function plotAt(event) {
  const area = within(event, ".nsewdrag");
  const graph = area && area.closest(CHARTS);
  // every subplot but that of the volume has the prices' axis
  if (!graph || !/^x\d*y$/.test(area.parentNode.getAttribute("class"))) return null;
  const { top, height } = area.getBoundingClientRect();
  const { range, type } = graph.layout.yaxis;
  return { graph, axis: { top, height, range, log: type === "log" } };
}

/** @type {{graph: any, axis: any, first: number, drawn: number, to: number}|null} */
let drag = null; // from the price it stood at, drawn at another, to where the pointer is
let frame = 0;

function follow() {
  frame = 0;
  if (!drag || !window.Plotly) return;
  const { graph, drawn, to } = drag;
  const changes = {};
  (graph.layout.shapes || []).forEach((shape, i) => {
    if (!String(shape.name).startsWith("own ") || shape.y0 !== drawn) return;
    changes["shapes[" + i + "].y0"] = changes["shapes[" + i + "].y1"] = to;
  });
  drag.drawn = to;
  window.Plotly.relayout(graph, changes);
}

document.addEventListener(
  "pointerdown",
  (event) => {
    const plot = event.button ? null : plotAt(event);
    if (!plot) return;
    const near = under(plot.axis, shownLevels(), event.clientY);
    if (!isDrawing() && near === undefined) return;
    event.preventDefault(); // Plotly is not to pan
    event.stopPropagation();
    if (!isDrawing()) {
      drag = { ...plot, first: near, drawn: near, to: near };
    } else {
      drawMode(false);
      add(priceAt(plot.axis, event.clientY));
    }
  },
  true,
);

document.addEventListener("pointermove", (event) => {
  if (drag) {
    drag.to = rounded(priceAt(drag.axis, event.clientY));
    if (!frame) frame = requestAnimationFrame(follow);
    return;
  }
  const plot = event.buttons ? null : plotAt(event);
  const near = plot && under(plot.axis, shownLevels(), event.clientY) !== undefined;
  html.classList.toggle("is-over-level", Boolean(near));
});
document.addEventListener("pointerup", () => {
  if (!drag) return;
  const { first, to } = drag;
  drag = null;
  if (to !== first) keep(moved(shownLevels(), first, to), "Own level moved to " + to + ".");
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") drawMode(false);
});

routed.on((on) => {
  if (!on.page || on.page.key !== PAGE) drawMode(false);
  else list();
});
