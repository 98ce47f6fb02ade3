/* The scan's table: AG Grid, as the package dash-ag-grid brings it, without React or Dash. */
import { element, make } from "../core/dom.mjs";
import { ABSENT, dayText, levelName, percent, write } from "../core/format.mjs";
import { direction, statusShown } from "../core/live_values.mjs";
import { config } from "../core/page.mjs";
import { compareKeys, sortKey } from "./scan_rows.mjs";

/** @typedef {import("./scan_rows.mjs").ScanRow} ScanRow */
/** What a better plan shows, or null; whether events are still being counted.
    @typedef {{offer: string|null, counting: boolean}} Beside */

const NARROW = 720;
const MODULE = /createGrid:\(\)=>/;
const PATIENCE_MS = 15000;
const LOOK_MS = 30;

/** @type {Promise<any>|null} */
let loading = null;

/** AG Grid, once its script is here. @returns {Promise<any>} */
export function library() {
  if (!loading) loading = load();
  loading.catch(() => {
    loading = null; // asked for again with the next rows
  });
  return loading;
}

async function load() {
  const began = Date.now();
  while (!window.React) {
    // the script takes it from Dash's, which may still be on their way
    if (Date.now() - began > PATIENCE_MS) throw new Error("The table's library could not start.");
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  await new Promise((resolve, reject) => {
    const script = element("script");
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error("The table could not be loaded.")));
    script.src = config().grid;
    document.head.append(script);
  });
  const made = moduleOf(window.webpackChunkdash_ag_grid);
  made.ModuleRegistry.registerModules([made.AllCommunityModule]);
  return made;
}

/** The package's own copy of AG Grid, found by what it exports. */
function moduleOf(chunks) {
  let own;
  chunks.push([["holdline"], {}, (require) => (own = require)]);
  const id = Object.keys(own.m).find((key) => MODULE.test(String(own.m[key])));
  return own(id);
}

/* ---- cells ---- */

const text = (value, class_ = "") => make("span", { text: value, class: class_ });

/** A figure that follows the live feed in place. */
function ticking(row, field, value, shown, class_ = "") {
  const span = text(shown, class_);
  if (row.live && row.level_name !== null) {
    span.dataset.live = row.symbol + "." + field;
    if (typeof value === "number") span.dataset.value = String(value);
  }
  return span;
}

const atLevel = (row, field) => field + ":" + row.level_name;
const number = (value, column) => write(value, column);
const signed = (value) => number(value, { decimals: 2, sign: true });

/** The number that a status is of, where the close bore its level another; a phone has no room. */
function decidedAt(row) {
  const moved =
    row.status !== null && row.session_level !== null && row.session_level !== row.level;
  return moved && !isNarrow() ? " " + number(row.session_level, row) : "";
}

const CELLS = {
  symbol: (row) => make("a", { text: row.symbol, href: supports(row.symbol), title: row.name }),
  name: (row) => text(row.name),
  sector_name: (row) => text(row.sector_name),
  price: (row) => ticking(row, "price", row.price, number(row.price, row)),
  change_pct: (row) =>
    ticking(row, "change_pct", row.change_pct, percent(row.change_pct), direction(row.change_pct)),
  level: (row) =>
    row.level_name === null
      ? text(ABSENT)
      : make("span", {
          text: number(row.level, row) + " " + levelName(row.level_short),
          title: row.level_name,
        }),
  status: (row) => {
    const shown = statusShown(row.status);
    return ticking(
      row,
      atLevel(row, "status"),
      row.status,
      shown.text + decidedAt(row),
      shown.chip,
    );
  },
  distance_pct: (row) =>
    ticking(row, atLevel(row, "distance"), row.distance_pct, percent(row.distance_pct)),
  distance_atr: (row) =>
    ticking(row, atLevel(row, "atr"), row.distance_atr, signed(row.distance_atr)),
  distance_sigma: (row) => text(signed(row.distance_sigma)),
  low_pct: (row) => text(percent(row.low_pct)),
  volume_ratio: (row) => text(number(row.volume_ratio, { decimals: 2 })),
  minutes_since_cross: (row) => text(number(row.minutes_since_cross, { decimals: 0 })),
  next_distance_pct: (row) =>
    text(
      row.next_support === null
        ? ABSENT
        : levelName(row.next_support) + " " + percent(row.next_distance_pct),
    ),
  event: (row) => text(row.event || ABSENT),
  hold: (row, beside) => holdCell(row, beside),
  lean_pct: (row) => text(number(row.lean_pct, { decimals: 0, suffix: "%" })),
  earnings: (row) => text(row.earnings ? dayText(row.earnings) : ABSENT),
};

const supports = (symbol) => "/supports?symbol=" + encodeURIComponent(symbol);

/** `16% of 19 (6-38), chance 20%`; counts alone under ten events. Never a rate without chance. */
function holdCell(row, { offer, counting }) {
  if (!row.hold)
    return text(!row.event ? ABSENT : offer ? "PRO" : counting ? "\u2026" : ABSENT, "muted");
  const { held, events, rate_pct, low_pct, high_pct, null_pct, beats_chance } = row.hold;
  const whole = (value) => number(value, { decimals: 0 });
  const chance = null_pct === null ? "" : ", chance " + whole(null_pct) + "%";
  if (rate_pct === null) return text(held + " of " + events + chance);
  const interval = " (" + whole(low_pct) + "\u2013" + whole(high_pct) + ")";
  const said = whole(rate_pct) + "% of " + events + interval + chance;
  return text(said, beats_chance ? "is-claimed" : "");
}

/** Field, head, width, on a phone too, a number.
    @type {[string, string, number, boolean?, boolean?][]} */
const COLUMNS = [
  ["symbol", "Symbol", 74, true],
  ["price", "Price", 82, true, true],
  ["change_pct", "Change", 80, false, true],
  ["level", "Level", 136],
  ["status", "Status", 156, true],
  ["distance_pct", "To level", 88, true, true],
  ["event", "Event", 82],
  ["hold", "Held before", 228],
  ["name", "Name", 180],
  ["sector_name", "Sector", 128],
  ["distance_atr", "ATR", 74, false, true],
  ["distance_sigma", "Sigma", 78, false, true],
  ["low_pct", "Low v. level", 108, false, true],
  ["volume_ratio", "Volume v. usual", 128, false, true],
  ["minutes_since_cross", "Min. since cross", 130, false, true],
  ["next_distance_pct", "Next support", 150],
  ["lean_pct", "Options bullish", 122, false, true],
  ["earnings", "Next earnings", 120],
];

const NARROW_WIDTHS = { symbol: 62, price: 73, status: 108, distance_pct: 81 };
const WIDEST = "status"; // takes what a phone's other columns leave
const isNarrow = () => window.innerWidth < NARROW;

function columns(beside) {
  return COLUMNS.map(([field, head, width, phone, isNumber]) => ({
    colId: field,
    headerName: head,
    width: isNarrow() ? NARROW_WIDTHS[field] || width : width,
    minWidth: 60,
    flex: isNarrow() && field === WIDEST ? 1 : undefined,
    hide: isNarrow() && !phone,
    pinned: field === "symbol" && !isNarrow() ? "left" : undefined,
    type: isNumber ? "rightAligned" : undefined,
    cellClass: isNumber ? "num ag-right-aligned-cell" : "",
    valueGetter: ({ data }) => sortKey(data, field),
    comparator: (a, b, first, second, down) =>
      compareKeys(frozenKey(first.data, field, a), frozenKey(second.data, field, b), down),
    cellRenderer: ({ data }) => CELLS[field](data, beside()),
  }));
}

/** The order stands until the viewer sorts again, whatever prices do. */
const frozenKey = (row, field, now) =>
  row.frozen && field in row.frozen ? row.frozen[field] : now;

/** @param {Iterable<ScanRow>} rows */
function freeze(rows) {
  for (const row of rows) {
    row.frozen = Object.fromEntries(COLUMNS.map(([field]) => [field, sortKey(row, field)]));
  }
}

/**
 * Make the table.
 * @param {any} made the library
 * @param {HTMLElement} place
 * @param {Object} given
 * @param {ScanRow[]} given.rows
 * @param {() => Iterable<ScanRow>} given.all every row there is
 * @param {(row: ScanRow) => boolean} given.shows
 * @param {() => Beside} given.beside
 * @param {(href: string) => void} given.open
 * @param {() => void} given.filtered
 */
export function makeGrid(made, place, { rows, all, shows, beside, open, filtered }) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const theme = made.themeQuartz.withParams({
    backgroundColor: "var(--panel)",
    foregroundColor: "var(--ink)",
    headerBackgroundColor: "var(--panel)",
    headerTextColor: "var(--ink2)",
    borderColor: "var(--rule)",
    rowHoverColor: "var(--raise)",
    oddRowBackgroundColor: "var(--panel)",
    accentColor: "var(--accent)",
    fontFamily: "inherit",
    fontSize: "var(--t13)",
    headerFontSize: "var(--t12)",
    rowHeight: 30,
    headerHeight: 32,
    cellHorizontalPadding: isNarrow() ? 5 : 8,
    wrapperBorder: false,
    wrapperBorderRadius: 0,
  });
  return made.createGrid(place, {
    theme,
    columnDefs: columns(beside),
    defaultColDef: { sortable: true, resizable: true, suppressHeaderMenuButton: true },
    rowData: rows,
    getRowId: ({ data }) => data.symbol,
    rowBuffer: 0,
    animateRows: !calm,
    suppressCellFocus: false,
    enableCellTextSelection: true,
    ensureDomOrder: true,
    isExternalFilterPresent: () => true,
    doesExternalFilterPass: ({ data }) => shows(data),
    localeText: { noMatchingRows: "No row passes these filters." },
    onSortChanged: ({ api }) => {
      freeze(all());
      api.refreshClientSideRowModel("sort");
    },
    onModelUpdated: filtered,
    onCellKeyDown: ({ event, data, column }) => {
      const isLink = column.getColId() === "symbol";
      if (event instanceof KeyboardEvent && event.key === "Enter" && isLink) {
        open(supports(data.symbol));
      }
    },
  });
}
