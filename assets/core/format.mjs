/* Numbers and times as components/frame/formats.py writes them. */

const MINUS = "\u2212";
const THIN = "\u2009";
const BREAKLESS = "\u2011";
export const ABSENT = "\u2013";
const NEW_YORK = "America/New_York";

/**
 * @typedef {Object} NumberFormat
 * @property {number} [decimals]
 * @property {boolean} [sign] write a plus too
 * @property {string} [prefix]
 * @property {string} [suffix]
 * @property {boolean} [p] a p or q value, which is never 0
 */

// analytics/model/percents.py has the same rules
const WHOLE = 100;
const MOST_MORE = 2;
const NOISE = 1e-9;
const LEAST_P = 0.001;

/** A percentage that is neither all nor none, so that it does not read as either. */
function shortOf(value, column) {
  const written = (decimals) => write(value, { ...column, suffix: "", decimals }) + "%";
  const most = column.decimals + MOST_MORE;
  for (let decimals = column.decimals; decimals <= most; decimals += 1) {
    const rounded = Number(value.toFixed(decimals));
    if (Math.abs(rounded) !== WHOLE && (column.sign || rounded !== 0)) return written(decimals);
  }
  const least = 10 ** -most;
  if (column.sign) return write(least - WHOLE, { ...column, suffix: "", decimals: most }) + "%";
  return value < 1 ? "<" + least.toFixed(most) + "%" : ">" + (WHOLE - least).toFixed(most) + "%";
}

/**
 * Whether a percentage is short of all, or above none; of a change only a loss can be.
 * @param {number} value
 * @param {NumberFormat} column
 */
const isPart = (value, { suffix, sign }) =>
  suffix === "%" &&
  (sign ? value < 0 && value > NOISE - WHOLE : value > NOISE && value < WHOLE - NOISE);

/** @param {number} value */
const pText = (value) => (value < LEAST_P ? "<" + LEAST_P : value.toFixed(value >= 0.01 ? 2 : 3));

/**
 * A value in its column's format; a dash for what is absent.
 * @param {number|string|null|undefined} value
 * @param {NumberFormat} column
 */
export function write(value, column) {
  if (value === null || value === undefined || value === "") return ABSENT;
  if (typeof value !== "number" || column.decimals === undefined) return String(value);
  if (column.p) return pText(value);
  if (isPart(value, column)) return shortOf(value, column);
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

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** "2025-01-27" -> "Mon 27 Jan 2025", as formats.date writes it; what is no day stays as it is. */
export function dayText(iso) {
  const day = new Date(iso + "T12:00:00Z");
  if (isNaN(day.getTime())) return iso;
  const month = MONTHS[day.getUTCMonth()];
  return [DAYS[day.getUTCDay()], day.getUTCDate(), month, day.getUTCFullYear()].join(" ");
}

/** A sentence with its days as `dayText` writes them, without their weekday. */
export function withDays(text) {
  const written = (iso) => (dayTyped(iso) ? dayText(iso).replace(/^\w+ /, "") : iso);
  return text.replace(/\b\d{4}-\d{2}-\d{2}\b(?!T)/g, written);
}

/**
 * What a viewer types as a day -> "2025-01-27"; null where it is none. Days come first, as
 * everywhere on the page: "Mon 27 Jan 2025", "27 January 2025", "27.1.2025", "2025-01-27".
 * @param {string} text
 */
export function dayTyped(text) {
  const words = text.trim().replace(/^[a-z]+,? /i, "");
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(words);
  const own = /^(\d{1,2})[ ./-]+([a-z]{3,}|\d{1,2})[ ./,-]+(\d{4})$/i.exec(words);
  const [year, month, day] = iso ? iso.slice(1) : own ? [own[3], own[2], own[1]] : [];
  if (!year) return null;
  const named = MONTHS.findIndex((name) => month.slice(0, 3).toLowerCase() === name.toLowerCase());
  const number = /^\d/.test(month) ? Number(month) : named + 1;
  const made = new Date(Date.UTC(Number(year), number - 1, Number(day)));
  const is = made.getUTCMonth() === number - 1 && made.getUTCDate() === Number(day);
  return is ? made.toISOString().slice(0, 10) : null;
}

/** "9:31", "0931", "15.05" -> "09:31"; null where it is no time of a day of 24 hours. */
export function timeTyped(text) {
  const found = /^(\d{1,2})[:.]?(\d{2})$/.exec(text.trim());
  if (!found || Number(found[1]) > 23 || Number(found[2]) > 59) return null;
  return found[1].padStart(2, "0") + ":" + found[2];
}

/**
 * "2025-01-27T10:00" -> "Mon 27 Jan 2025, 10:00 EST"; a date alone, which may be a holiday ->
 * "the last close up to Mon 20 Jan 2025".
 */
export function asOfText(asOf) {
  const noon = new Date(asOf.slice(0, 10) + "T17:00:00Z");
  if (isNaN(noon.getTime())) return asOf;
  const day = dayText(asOf.slice(0, 10));
  if (asOf.length > 10) return day + ", " + asOf.slice(11) + " " + zone(noon);
  return "the last close up to " + day;
}

/** "EST" or "EDT". */
function zone(when) {
  const parts = newYork({ timeZoneName: "short" }, "en-US").formatToParts(when);
  return parts.find((part) => part.type === "timeZoneName").value;
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
