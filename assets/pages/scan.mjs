/* The scan: its rows in a table that follows the prices without jumping, filtered by the address. */
import { byId } from "../core/dom.mjs";
import { liveSnapshot, redraw, ticked } from "../core/live.mjs";
import { isPast } from "../core/page.mjs";
import { painted, payloadOf } from "../core/panels.mjs";
import { activePage, go, rememberedOf, routed } from "../core/router.mjs";
import { say } from "../core/say.mjs";
import { library, makeGrid } from "./scan_grid.mjs";
import { drawNone } from "./scan_none.mjs";
import { filterOf, followQuote, merge, passes } from "./scan_rows.mjs";
import { drawSaved } from "./scan_saved.mjs";

const PAGE = "scan";
const KEY = PAGE + "/rows";

/** @type {Map<string, import("./scan_rows.mjs").ScanRow>} */
let rows = new Map();
/** @type {any} */
let grid = null;
/** @type {Promise<void>|null} */
let making = null;
let filter = filterOf({});
let whose = ""; // the universe that the table is of
/** @type {import("./scan_grid.mjs").Beside} */
let beside = { offer: null, counting: false };

const universe = () => {
  const { universe: name, symbols, list, family } = rememberedOf(PAGE);
  return JSON.stringify([name, symbols, list, family]);
};

/** Say how many rows are shown, and on the table of which symbols: few of them are drawn. */
function countShown() {
  if (!grid) return;
  const place = byId("scan-shown");
  const shown = grid.getDisplayedRowCount();
  if (place) place.textContent = String(shown);
  drawNone([...rows.values()], filter, shown);
  const symbols = [];
  grid.forEachNodeAfterFilterAndSort(({ data }) => symbols.push(data.symbol));
  byId("scan-grid").dataset.listedSymbols = symbols.join(",");
}

/** Write the newest prices into the rows; the cells on screen are written by the feed itself. */
function follow(snapshot) {
  for (const [symbol, quote] of Object.entries(snapshot.quotes)) {
    const row = rows.get(symbol);
    if (row) followQuote(row, quote);
  }
}

const table = (given) =>
  makeGrid(given, byId("scan-grid"), {
    rows: [...rows.values()],
    all: () => rows.values(),
    shows: (row) => passes(row, filter),
    beside: () => beside,
    open: (href) => go(href),
    filtered: countShown,
  });

async function begin() {
  const made = await library();
  grid = table(made);
  countShown();
}

function paint() {
  const payload = payloadOf(KEY);
  const given = payload && payload.grid;
  const place = byId("scan-grid");
  place.hidden = !given;
  if (!given) {
    byId("scan-none").hidden = true;
    return;
  }
  beside = { offer: given.offer, counting: given.counting };
  if (whose !== universe()) {
    whose = universe();
    rows = new Map();
    if (grid) grid.setGridOption("rowData", []);
  }
  const { added, removed } = merge(rows, given.rows);
  const snapshot = liveSnapshot();
  if (snapshot && !isPast()) follow(snapshot);
  if (!grid) {
    if (!making) making = begin().catch((error) => say(error.message));
    making.then(() => {
      if (!grid) making = null;
    });
    return;
  }
  if (added.length || removed.length) grid.applyTransaction({ add: added, remove: removed });
  grid.onFilterChanged();
  grid.refreshCells({ force: true });
  redraw();
}

painted.on((key) => {
  if (key === KEY) paint();
});

ticked.on((snapshot) => {
  if (activePage() === PAGE && !isPast()) follow(snapshot);
});

routed.on(({ page }) => {
  if (!page || page.key !== PAGE) return;
  filter = filterOf(rememberedOf(PAGE));
  if (grid) grid.onFilterChanged();
  drawSaved();
});

if (payloadOf(KEY)) paint();
