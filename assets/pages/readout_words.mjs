/* What is under the pointer, in words. Pure. */
import { levelName, write } from "../core/format.mjs";

const DAY = { weekday: "short", day: "numeric", month: "short", year: "numeric" };

/** "2025-01-27" -> "Mon 27 Jan 2025", "2025-01-27 13:49:00" -> "13:49". */
function when(x) {
  const text = String(x);
  if (text.length > 10) return text.slice(11, 16);
  const [year, month, day] = text.split("-").map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  const format = new Intl.DateTimeFormat("en-GB", /** @type {any} */ ({ ...DAY, timeZone: "UTC" }));
  return format.format(date).replaceAll(",", "");
}

/**
 * @param {any[]} points of Plotly's hover event
 * @returns {{name: string, text: string}[]} the moment first
 */
export function readoutParts(points) {
  if (!points.length) return [];
  const parts = [{ name: "", text: when(points[0].x) }];
  for (const point of points) {
    const trace = point.data || {};
    if (trace.type === "candlestick") {
      for (const key of ["open", "high", "low", "close"]) {
        parts.push({ name: key[0].toUpperCase(), text: write(point[key], { decimals: 2 }) });
      }
    } else if (trace.type === "bar") {
      parts.push({ name: trace.name, text: write(point.y, { decimals: 0 }) });
    } else if (point.customdata) {
      parts.push({ name: "", text: String(point.customdata) });
    } else if (typeof point.y === "number") {
      parts.push({ name: levelName(trace.name), text: write(point.y, { decimals: 2 }) });
    }
  }
  return parts;
}
