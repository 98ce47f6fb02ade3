/* The board: its prices move and tint, its ages count on, and the keys 1 to 9 open a tile. */
import { byId, find, findAll, hasModifier, isTyping, make, write } from "../core/dom.mjs";
import { isPast } from "../core/page.mjs";
import { liveSnapshot, ticked } from "../core/live.mjs";
import { painted } from "../core/panels.mjs";
import { activePage, rememberedOf, routed } from "../core/router.mjs";
import { ago, move, topOf } from "./board_place.mjs";
import { namedLists } from "./watchlist_store.mjs";

const PAGE = "board";
const TINT_MS = 400;

/** @type {Record<string, number>} */
const last = {}; // symbol -> its price when last seen here

const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function follow(snapshot) {
  for (const plot of findAll("#page-board [data-plot]:not([data-plot=''])")) {
    const symbol = plot.dataset.plot;
    const quote = snapshot.quotes[symbol];
    if (!quote || quote.withheld) continue;
    const { low, high } = plot.dataset;
    const mark = find(".tile-mark", plot);
    mark.style.top = topOf(quote.price, Number(low), Number(high)).toFixed(1) + "%";
    tint(plot.closest("[data-tile]"), move(last[symbol], quote.price));
    last[symbol] = quote.price;
  }
  for (const age of findAll("#page-board [data-since]:not([data-since=''])")) {
    write(age, ago(snapshot.at, age.dataset.since));
  }
}

function tint(tile, way) {
  if (!way || isCalm()) return;
  const from = { backgroundColor: "var(--" + way + "-soft)" };
  tile.animate([from, { backgroundColor: "transparent" }], { duration: TINT_MS });
}

ticked.on((snapshot) => {
  if (activePage() === PAGE && !isPast()) follow(snapshot);
});
painted.on((key) => {
  const snapshot = liveSnapshot();
  if (key === PAGE + "/tiles" && snapshot && !isPast()) follow(snapshot);
});

document.addEventListener("keydown", (event) => {
  if (activePage() !== PAGE || !/^[1-9]$/.test(event.key)) return;
  if (isTyping(event) || hasModifier(event) || find("dialog[open], .stage")) return;
  const link = find('#page-board [data-key="' + event.key + '"] h3 a');
  if (link) link.click();
});

/* The watchlists that this browser keeps, each a link to its board. */
function drawLists() {
  const here = rememberedOf(PAGE).list;
  const links = namedLists().map(({ name, symbols }) =>
    make("a", {
      class: "watchlist-name",
      href: "/board?list=" + encodeURIComponent(name),
      text: name,
      title: symbols,
      ...(name === here ? { "aria-current": "true" } : {}),
    }),
  );
  byId("board-lists").replaceChildren(...links);
}
routed.on((route) => {
  if (route.page && route.page.key === PAGE) drawLists();
});
