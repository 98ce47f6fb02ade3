/* Saved scans by their names. Pure. */

/** @typedef {{name: string, query: string}} SavedScan */

export const MOST_SCANS = 20; // of analytics/model/own_lists.py
export const LONGEST_NAME = 24;

/** Whether what was kept is a scan. @param {any} one @returns {one is SavedScan} */
export const scanOf = (one) =>
  Boolean(one) && typeof one.name === "string" && typeof one.query === "string";

/** A name as it can be kept: one line of what can be seen, or "". @param {string} typed */
export function scanName(typed) {
  const seen = typed.replace(/[\p{Z}\s]+/gu, " ").replace(/\p{C}/gu, "");
  return [...seen.trim()].slice(0, LONGEST_NAME).join("").trim();
}

/**
 * What to say before a scan is saved under a name that another has, or beyond the most there can be;
 * "" where nothing is lost.
 * @param {SavedScan[]} scans
 */
export function lostBy(scans, name, query) {
  const same = scans.find((scan) => scan.name === name);
  if (same) return same.query === query ? "" : "It takes the place of another scan of that name.";
  return scans.length < MOST_SCANS
    ? ""
    : "It takes the place of the oldest, " + scans[0].name + ".";
}

/** With the scan added, in place of the one of its name. @param {SavedScan[]} scans */
export function keptScans(scans, name, query) {
  const others = scans.filter((scan) => scan.name !== name);
  return [...others, { name, query }].slice(-MOST_SCANS);
}

/** A page's parameters as the query that a scan is saved by: the view, not the moment. */
export function queryOf(params) {
  const said = Object.entries(params).filter(([name]) => name !== "as_of");
  const pairs = said.filter(([, value]) => value !== "" && value !== undefined);
  return new URLSearchParams(pairs.sort(([a], [b]) => (a < b ? -1 : 1))).toString();
}

/** The same as the fields of an alert rule's form. */
export function alertQuery(params) {
  const { status: stands, kind: event, ...others } = params;
  const named = ["universe", "family", "sector", "stands", "band", "event", "first", "cluster"];
  const fields = { ...others, stands, event };
  return new URLSearchParams(
    named.filter((name) => fields[name]).map((name) => [name, fields[name]]),
  ).toString();
}
