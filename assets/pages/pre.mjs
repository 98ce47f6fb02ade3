/* Before the open: the indicated price with its distance to each level, marked PRE. It decides nothing. */
import { element, findAll } from "../core/dom.mjs";
import { clock, levelName, percent, write } from "../core/format.mjs";
import { isPast } from "../core/page.mjs";
import { apply, liveSnapshot, ticked } from "../core/live.mjs";

function line(symbol, quote) {
  const change = percent(quote.change_pct) + ", " + clock.format(new Date(quote.time));
  const distance = (name, level) =>
    levelName(name) +
    " " +
    write(level.price, quote) +
    ", " +
    percent(level.distance_pct) +
    " away";
  return [
    element("span", "PRE", "chip chip-near"),
    element("span", symbol + " indicated at"),
    element("b", write(quote.price, quote)),
    element("span", "(" + change + ")"),
    ...Object.keys(quote.levels).map((name) => element("span", distance(name, quote.levels[name]))),
    element("small", "No status before the open."),
  ];
}

function show() {
  const snapshot = liveSnapshot();
  for (const node of findAll("[data-pre]")) {
    const quote = snapshot && !isPast() && snapshot.quotes[node.dataset.pre];
    const indicated = Boolean(quote && quote.pre);
    const key = indicated ? quote.time + quote.price : "";
    if (node.dataset.shown === key && (node.childNodes.length === 0) === !indicated) continue;
    node.dataset.shown = key;
    node.hidden = !indicated;
    node.replaceChildren(...(indicated ? line(node.dataset.pre, quote) : []));
  }
}

ticked.on(show);

/* What the server paints before the open is of the last close: put the indicated price back
   before it is seen. */
new MutationObserver(() => {
  const snapshot = liveSnapshot();
  if (!snapshot || snapshot.phase !== "pre-market") return;
  apply();
  show();
}).observe(document.body, { childList: true, subtree: true });
