/* Numbers and times as components/frame/formats.py writes them. */

const MINUS = "\u2212";
const THIN = "\u2009";
const BREAKLESS = "\u2011";
const ABSENT = "\u2013";
const NEW_YORK = "America/New_York";

/**
 * @typedef {Object} NumberFormat
 * @property {number} [decimals]
 * @property {boolean} [sign] write a plus too
 * @property {string} [prefix]
 * @property {string} [suffix]
 */

/**
 * A value in its column's format; a dash for what is absent.
 * @param {number|string|null|undefined} value
 * @param {NumberFormat} column
 */
export function write(value, column) {
  if (value === null || value === undefined || value === "") return ABSENT;
  if (typeof value !== "number" || column.decimals === undefined) return String(value);
  const rounded = Number(Math.abs(value).toFixed(column.decimals));
  const [whole, rest] = rounded.toFixed(column.decimals).split(".");
  const text = whole.replace(/\B(?=(\d{3})+$)/g, THIN) + (rest ? "." + rest : "");
  const sign = rounded === 0 ? "" : value < 0 ? MINUS : column.sign ? "+" : "";
  return sign + (column.prefix || "") + text + (column.suffix || "");
}

/** @param {number|null|undefined} value */
export const percent = (value) => write(value, { decimals: 2, sign: true, suffix: "%" });

/** @param {number|null} value */
export function multipleOfAtr(value) {
  return value === null ? ABSENT : write(value, { decimals: 1, sign: true }) + THIN + "ATR";
}

/** "50-DMA" that does not break at its hyphen. */
export const levelName = (name) => (name ? name.replace("-", BREAKLESS) : ABSENT);

/** As formats.countdown writes it. */
export function countdown(seconds) {
  const left = Math.max(0, Math.ceil(seconds));
  if (left < 600)
    return Math.floor(left / 60) + " min " + String(left % 60).padStart(2, "0") + " s";
  const minutes = Math.ceil(left / 60);
  const hours = Math.floor(minutes / 60);
  return hours ? hours + " h " + (minutes % 60) + " min" : minutes + " min";
}

/** "2025-01-27T10:00" -> "Monday, 27 January 2025, 10:00 New York" */
export function asOfText(asOf) {
  const when = new Date(asOf.slice(0, 10) + "T12:00:00Z");
  if (isNaN(when.getTime())) return asOf;
  const day = when.toLocaleDateString("en-GB", {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
  return asOf.length > 10 ? day + ", " + asOf.slice(11) + " New York" : "the close of " + day;
}

/**
 * A formatter of New York's time.
 * @param {Intl.DateTimeFormatOptions} parts
 */
export function newYork(parts, locale = "en-GB") {
  return new Intl.DateTimeFormat(locale, { timeZone: NEW_YORK, ...parts });
}

export const clock = newYork({ hour: "2-digit", minute: "2-digit" });
export const clockSeconds = newYork({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const isoDay = newYork({}, "en-CA");

/** A cell of a CSV file. One that begins as a formula would be run by a spreadsheet. */
export function csvCell(value) {
  if (value === null || value === undefined) return "";
  let text = String(value);
  if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = "'" + text;
  return /[",\n\r]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
}
