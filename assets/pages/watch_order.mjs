/* The watchlist's rows in the viewer's own order: dragged by their handles, or moved with the arrow
   keys while a handle has the focus. The order is the address's, and stays in this browser. */
import { find, findAll, within } from "../core/dom.mjs";
import { painted } from "../core/panels.mjs";
import { change, rememberedOf } from "../core/router.mjs";
import { say } from "../core/say.mjs";
import { movedTo } from "./watchlist_names.mjs";

const PANEL = "market/watchlist";
const STEPS = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity };

const handles = () => findAll('[data-panel="' + PANEL + '"] [data-move]');
const symbolOf = (row) => find("[data-move]", row).dataset.move;
const shownOrder = () => handles().map((handle) => handle.dataset.move);

let focusOn = ""; // the symbol whose handle has the focus again when the list is painted

/** @param {string} symbol @param {number} to its place among the rows on screen */
function move(symbol, to) {
  const before = shownOrder();
  const order = movedTo(before, symbol, to);
  if (order.join() === before.join()) return;
  const listed = (rememberedOf("market").symbols || "").split(",").filter(Boolean);
  const unseen = listed.filter((one) => !order.includes(one)); // a list may be longer than is shown
  placeRow(symbol, order);
  change({ symbols: [...order, ...unseen].join(","), order: "own" });
  say(symbol + " is row " + (order.indexOf(symbol) + 1) + " of " + order.length + ".");
}

/** Move the row now; the answer that follows says the same. */
function placeRow(symbol, order) {
  const rows = new Map(handles().map((one) => [one.dataset.move, one.closest("tr")]));
  const body = rows.get(symbol).parentNode;
  for (const heading of findAll("th[aria-sort]", body.closest("table"))) {
    heading.removeAttribute("aria-sort");
  }
  body.append(...order.map((one) => rows.get(one)));
}

document.addEventListener("keydown", (event) => {
  const handle = within(event, "[data-move]");
  if (!handle || !(event.key in STEPS) || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  const symbol = handle.dataset.move;
  focusOn = symbol;
  move(symbol, shownOrder().indexOf(symbol) + STEPS[event.key]);
  find('[data-panel="' + PANEL + '"] [data-move="' + CSS.escape(symbol) + '"]').focus();
});

/* Painting writes other symbols into the rows that are there. */
painted.on((key) => {
  if (key !== PANEL || !focusOn) return;
  const active = document.activeElement;
  if (!active || !active.matches("[data-move]")) focusOn = "";
  else if (active["dataset"].move !== focusOn) {
    const wanted = handles().find((one) => one.dataset.move === focusOn);
    if (wanted) wanted.focus();
  }
});
document.addEventListener("focusin", (event) => {
  const handle = within(event, "[data-move]");
  focusOn = handle ? handle.dataset.move : "";
});

/* ---- dragging ---- */

/** @type {{symbol: string, row: any, to: any, after: boolean}|null} */
let drag = null;

function mark(row, after) {
  for (const one of findAll(".is-drop-before, .is-drop-after")) {
    one.classList.remove("is-drop-before", "is-drop-after");
  }
  if (row) row.classList.add(after ? "is-drop-after" : "is-drop-before");
}

function end() {
  if (!drag) return;
  drag.row.classList.remove("is-dragged");
  mark(null, false);
  drag = null;
}

document.addEventListener("pointerdown", (event) => {
  const handle = within(event, "[data-move]");
  if (!handle || event.button) return;
  handle.setPointerCapture(event.pointerId);
  drag = { symbol: handle.dataset.move, row: handle.closest("tr"), to: null, after: false };
  drag.row.classList.add("is-dragged");
});
document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const rows = handles().map((handle) => handle.closest("tr"));
  const last = rows[rows.length - 1];
  const over = rows.find((row) => event.clientY < row.getBoundingClientRect().bottom) || last;
  const { top, height } = over.getBoundingClientRect();
  drag.to = over === drag.row ? null : over;
  drag.after = event.clientY > top + height / 2;
  mark(drag.to, drag.after);
});
document.addEventListener("pointerup", () => {
  if (!drag) return;
  const { symbol, to, after } = drag;
  end();
  if (!to) return;
  const rest = shownOrder().filter((one) => one !== symbol);
  move(symbol, rest.indexOf(symbolOf(to)) + Number(after));
});
document.addEventListener("pointercancel", end);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") end();
});
