/* Rows of the scan: which of them a filter shows, in what order, and what a tick makes of one. Pure. */

/**
 * A row as components/pages/scan/views.py sends it.
 * @typedef {Object} ScanRow
 * @property {string} symbol
 * @property {string} name
 * @property {string} sector
 * @property {string} sector_name
 * @property {number} price
 * @property {number|null} change_pct
 * @property {string|null} level_name
 * @property {string|null} level_short
 * @property {number|null} level
 * @property {number|null} session_level
 * @property {string|null} status
 * @property {number|null} distance_pct
 * @property {number|null} distance_atr
 * @property {number|null} distance_sigma
 * @property {number|null} low_pct
 * @property {number|null} volume_ratio
 * @property {string|null} crossed_at
 * @property {number|null} minutes_since_cross
 * @property {string|null} next_support
 * @property {number|null} next_distance_pct
 * @property {string|null} event
 * @property {boolean|null} first_touch
 * @property {number} families
 * @property {Hold|null} hold
 * @property {number|null} lean_pct
 * @property {string|null} earnings
 * @property {boolean} live
 * @property {number} decimals
 * @property {string} prefix
 * @property {string} suffix
 * @property {Record<string, any>} [frozen] what it is sorted by until the viewer sorts again
 */
/**
 * @typedef {Object} Hold
 * @property {number} held
 * @property {number} events
 * @property {number|null} rate_pct
 * @property {number|null} low_pct
 * @property {number|null} high_pct
 * @property {number|null} null_pct
 * @property {boolean} beats_chance
 */
/**
 * @typedef {Object} Filter
 * @property {string} status
 * @property {number} band in ATR; Infinity for any
 * @property {string} sector
 * @property {string} kind
 * @property {boolean} first
 * @property {boolean} cluster
 */

/** The filter that the page's address asks for. @param {Record<string, string>} params @returns {Filter} */
export function filterOf(params) {
  return {
    status: params.status || "",
    band: Number(params.band) || Infinity,
    sector: params.sector || "",
    kind: params.kind || "",
    first: params.first === "1",
    cluster: params.cluster === "1",
  };
}

/** Whether a row passes each filter by itself. @type {Record<string, (row: ScanRow, filter: Filter) => boolean>} */
const ALONE = {
  status: (row, { status }) => !status || row.status === status,
  band: (row, { band }) =>
    band === Infinity || (row.distance_atr !== null && Math.abs(row.distance_atr) <= band),
  sector: (row, { sector }) => !sector || row.sector === sector,
  kind: (row, { kind }) => !kind || row.event === kind,
  first: (row, { first }) => !first || Boolean(row.first_touch),
  cluster: (row, { cluster }) => !cluster || row.families > 1,
};
const NAMES = Object.keys(ALONE);

/** @param {ScanRow} row @param {Filter} filter */
export const passes = (row, filter) => NAMES.every((name) => ALONE[name](row, filter));

/** The names of the filters that are set. @param {Filter} filter */
export const filtersSet = (filter) =>
  NAMES.filter((name) => filter[name] && filter[name] !== Infinity);

/**
 * The filters of which one alone may be dropped, and how many rows pass the others; most rows first.
 * @param {Iterable<ScanRow>} rows
 * @param {Filter} filter that no row passes
 * @returns {{name: string, count: number}[]}
 */
export function relaxed(rows, filter) {
  const set = filtersSet(filter);
  const counts = new Map();
  for (const row of rows) {
    const failed = set.filter((name) => !ALONE[name](row, filter));
    if (failed.length === 1) counts.set(failed[0], (counts.get(failed[0]) || 0) + 1);
  }
  return [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
}

const inWords = new Intl.Collator(); // as localeCompare, which makes one for each pair

/** What a column is sorted by. @param {ScanRow} row @param {string} field */
export function sortKey(row, field) {
  if (field === "hold") return row.hold && row.hold.rate_pct;
  return row[field];
}

/**
 * Compare two keys; what is absent comes last in either direction.
 * @param {any} a @param {any} b @param {boolean} down
 */
export function compareKeys(a, b, down) {
  const lacks = [a, b].map((key) => key === null || key === undefined || key === "");
  if (lacks[0] || lacks[1]) return (Number(lacks[0]) - Number(lacks[1])) * (down ? -1 : 1);
  return typeof a === "string" ? inWords.compare(a, b) : a - b;
}

/**
 * Bring rows up to date in place, so that the order they stand in does not change.
 * @param {Map<string, ScanRow>} known by symbol; is changed
 * @param {ScanRow[]} fresh
 * @returns {{added: ScanRow[], removed: ScanRow[]}}
 */
export function merge(known, fresh) {
  const added = [];
  const here = new Set();
  for (const row of fresh) {
    here.add(row.symbol);
    const old = known.get(row.symbol);
    if (old) Object.assign(old, row);
    else {
      known.set(row.symbol, row);
      added.push(row);
    }
  }
  const removed = [...known.values()].filter((row) => !here.has(row.symbol));
  for (const row of removed) known.delete(row.symbol);
  return { added, removed };
}

/**
 * What a newer quote makes of a row; false where it says nothing of it.
 * @param {ScanRow} row is changed
 * @param {import("../core/live_values.mjs").LiveQuote|undefined} quote
 */
export function followQuote(row, quote) {
  if (!row.live || !quote || quote.pre || quote.withheld) return false;
  row.price = quote.price;
  row.change_pct = quote.change_pct;
  const level = row.level_name === null ? undefined : quote.levels[row.level_name];
  if (!level) return true;
  if (row.distance_sigma) {
    const daily = Math.log(1 + row.distance_pct / 100) / row.distance_sigma;
    if (daily) row.distance_sigma = Math.log(1 + level.distance_pct / 100) / daily;
  }
  row.distance_pct = level.distance_pct;
  row.distance_atr = level.distance_atr;
  row.status = level.status;
  return true;
}
