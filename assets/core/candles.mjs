/* Long series as few marks: monthly or weekly bars by the range drawn, daily ones zoomed in. Pure. */

import { longCandles } from "./figure.mjs";

/** @typedef {import("./figure.mjs").Figure} Figure */
/** @typedef {"day"|"week"|"month"} Unit */

const DAILY_MOST = 400; // sessions in sight
const WEEKLY_MOST = 2600;
const DAY_MS = 86400000;
const NAMES = { week: "weekly bars", month: "monthly bars" };

/** @param {number} sessions in sight @returns {Unit} */
export const unitFor = (sessions) =>
  sessions <= DAILY_MOST ? "day" : sessions <= WEEKLY_MOST ? "week" : "month";

/** First index at or after a date. @param {string[]} days ascending */
function at(days, day) {
  let low = 0;
  let high = days.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (days[middle] < day) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** "2025-01-27" -> what its week or month is called; days of one have the same. */
function periodOf(day, unit) {
  if (unit === "month") return day.slice(0, 7);
  return String(Math.floor((Date.parse(day) / DAY_MS + 3) / 7)); // weeks begin on Monday
}

/**
 * The indices of the sessions from..to, a list a bar.
 * @param {string[]} days @param {Unit} unit
 */
export function bars(days, from, to, unit) {
  if (unit === "day") return days.slice(from, to).map((_, i) => [from + i]);
  /** @type {number[][]} */
  const found = [];
  let last = "";
  for (let i = from; i < to; i += 1) {
    const period = periodOf(days[i], unit);
    if (period !== last) found.push([]);
    found[found.length - 1].push(i);
    last = period;
  }
  return found;
}

/** What of a figure is drawn at a range of its date axis: equal texts, equal drawings. */
export function drawnAs(figure, range) {
  const candles = longCandles(figure);
  if (!candles) return "whole";
  const { unit, from, to } = windowOf(candles.x, range);
  return [unit, from, to].join("|");
}

/** Bars are drawn for what is in sight and some on both sides, to be panned into: months for all of
    it. Windows have few places, so that a small pan redraws nothing. */
function windowOf(days, range) {
  const first = range ? at(days, String(range[0]).slice(0, 10)) : 0;
  const end = range ? at(days, String(range[1]).slice(0, 10) + "~") : days.length;
  const unit = unitFor(end - first);
  if (unit === "month") return { unit, from: 0, to: days.length };
  const step = 2 ** Math.ceil(Math.log2(Math.max(8, (end - first) / 4)));
  return {
    unit,
    from: Math.max(0, (Math.floor(first / step) - 1) * step),
    to: Math.min(days.length, (Math.ceil(end / step) + 1) * step),
  };
}

/**
 * The figure with as few bars as its range asks for.
 * @param {Figure} figure
 * @param {any[]|undefined} range of its date axis
 * @returns {Figure}
 */
export function thinned(figure, range) {
  const candles = longCandles(figure);
  if (!candles) return figure;
  const days = candles.x;
  const { unit, from, to } = windowOf(days, range);
  const groups = bars(days, from, to, unit);
  const starts = new Map(days.map((day, i) => [day, i]));
  const data = figure.data.map((trace) => thinTrace(trace, days, groups, starts));
  const layout = { ...figure.layout };
  layout.xaxis = { ...layout.xaxis, rangebreaks: breaksOf(layout.xaxis, unit, days[from]) };
  if (unit !== "day") layout.annotations = [...(layout.annotations || []), nameOf(layout, unit)];
  return { data, layout };
}

/** Bars of a week or more leave no gaps to cut out. */
function breaksOf(axis, unit, first) {
  if (unit !== "day") return [];
  return (axis.rangebreaks || []).map((one) =>
    one.values ? { ...one, values: one.values.filter((day) => day >= first) } : one,
  );
}

function nameOf(layout, unit) {
  const font = (layout.xaxis.title && layout.xaxis.title.font) || layout.xaxis.tickfont || {};
  const corner = { xref: "paper", yref: "paper", x: 0, y: 1, xanchor: "left", yanchor: "top" };
  return { ...corner, name: "bars", xshift: 6, text: NAMES[unit], showarrow: false, font };
}

function thinTrace(trace, days, groups, starts) {
  if (!Array.isArray(trace.x) || (trace.xaxis && trace.xaxis !== "x") || !trace.x.length) {
    return trace;
  }
  const first = starts.get(trace.x[0]);
  if (first === undefined || trace.x.length !== days.length - first) return trace;
  /** @type {number[][]} */
  const own = [];
  for (const group of groups) {
    const within = group.filter((i) => i >= first).map((i) => i - first);
    if (within.length) own.push(within);
  }
  return summed(trace, own);
}

/** A trace with a point a group: its last, or what the kind of the trace makes of all. */
function summed(trace, groups) {
  const spoken = Array.isArray(trace.text) ? trace.text : null;
  const telling = (group) => (spoken ? group.find((i) => spoken[i]) : undefined);
  const chosen = groups.map((group) => telling(group) ?? group[group.length - 1]);
  const thin = picked(trace, trace.x.length, chosen);
  thin.x = groups.map((group) => trace.x[group[group.length - 1]]);
  const among = (name, of) => groups.map((group) => of(...group.map((i) => trace[name][i])));
  if (trace.type === "candlestick") {
    thin.open = groups.map((group) => trace.open[group[0]]);
    thin.high = among("high", Math.max);
    thin.low = among("low", Math.min);
  }
  if (trace.type === "bar") thin.y = among("y", (...parts) => parts.reduce((a, b) => a + b, 0));
  if (spoken) {
    const texts = (group) => group.map((i) => spoken[i]).filter(Boolean);
    thin.text = groups.map((group) => texts(group).join("<br>"));
  }
  return thin;
}

/** An object whose arrays of `length` keep the chosen places, in nested objects too. */
function picked(node, length, chosen) {
  const copy = {};
  for (const [key, value] of Object.entries(node)) {
    if (Array.isArray(value) && value.length === length) copy[key] = chosen.map((i) => value[i]);
    else if (value && typeof value === "object" && !Array.isArray(value)) {
      copy[key] = picked(value, length, chosen);
    } else copy[key] = value;
  }
  return copy;
}
