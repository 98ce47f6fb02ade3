/* Whether a chart's days hold a moment. Pure. */

const HALF_DAY_MS = 12 * 3600 * 1000;

/** A moment as Plotly writes it, "2024-09-01" or "2024-09-01 08:37:21.9162", in milliseconds. */
export function moment(written) {
  const [day, time] = String(written).split(/[ T]/);
  return Date.parse(day + "T" + (time ? time.slice(0, 12) : "00:00") + "Z");
}

/**
 * Where a moment stands between a chart's left end, 0, and its right one, 1.
 * @param {any} layout of a chart
 * @param {number} at in milliseconds
 */
export function placeOf(layout, at) {
  const [from, to] = layout.xaxis.range.map(moment);
  return (at - from) / (to - from);
}

/**
 * Whether the days from a chart's left end to its right hold a moment; a chart of minutes, and
 * one that leaves days out of its axis, hold none.
 * @param {any} layout of a chart
 * @param {number} at in milliseconds
 */
export function holdsDayAt(layout, at) {
  const axis = layout.xaxis;
  if (!axis || axis.type !== "date" || !axis.range || axis.rangebreaks?.length) return false;
  const [from, to] = axis.range.map(moment);
  return to - from > HALF_DAY_MS && at >= from && at <= to;
}
