/* Saved scans by their names. Pure. */
import { tooLong } from "./watchlist_names.mjs";

/** @typedef {{name: string, query: string}} SavedScan */

export const MOST_SCANS = 20; // of analytics/model/own_lists.py

/** Whether what was kept is a scan. @param {any} one @returns {one is SavedScan} */
export const scanOf = (one) =>
  Boolean(one) && typeof one.name === "string" && typeof one.query === "string";

/** A name as it can be kept: one line of what can be seen, or "". @param {string} typed */
export const scanName = (typed) =>
  typed
    .replace(/[\p{Z}\s]+/gu, " ")
    .replace(/\p{C}/gu, "")
    .trim();

/** Why a name cannot be kept; "" where it can. @param {string} name as `scanName` gives it */
export const nameFault = (name) => (name ? tooLong(name) : "A name of the scan is wanted.");

/** Why a scan cannot be named so; "" where it can. @param {SavedScan[]} scans */
export function renameFault(scans, from, to) {
  if (nameFault(to) || from === to) return nameFault(to);
  return scans.some((scan) => scan.name === to) ? "Another scan has that name." : "";
}

/** With one scan named otherwise, in its place. @param {SavedScan[]} scans */
export const renamed = (scans, from, to) =>
  scans.map((scan) => (scan.name === from ? { ...scan, name: to } : scan));

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
