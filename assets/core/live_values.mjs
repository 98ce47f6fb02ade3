/* The live snapshot, and what an element marked data-live shows of it. Pure. */
import { clockSeconds, levelName, multipleOfAtr, percent, write as number } from "./format.mjs";

/* The snapshot of /live.json, as analytics/model/live.py publishes it; a test holds the two equal. */
/**
 * @typedef {Object} LiveSnapshot
 * @property {number} sequence
 * @property {string} epoch
 * @property {string} at
 * @property {"pre-market"|"open"|"closed"} phase
 * @property {number|null} speed
 * @property {FeedState} feed
 * @property {Record<string, LiveQuote>} quotes
 */
/**
 * @typedef {Object} FeedState
 * @property {"stream"|"polled"|"connecting"|"idle"|"none"} mode
 * @property {boolean} connected
 * @property {string|null} last_tick
 * @property {number} reconnects
 * @property {number} garbage
 * @property {Record<string, number>} dropped
 * @property {number} polls
 * @property {number} followed
 * @property {Record<string, string>} missing
 * @property {string|null} error
 */
/**
 * @typedef {Object} LiveQuote
 * @property {number} price
 * @property {string} time
 * @property {number|null} change_pct
 * @property {number|null} open
 * @property {number|null} high
 * @property {number|null} low
 * @property {number|null} volume
 * @property {boolean} pre
 * @property {boolean} final
 * @property {number|null} previous_close
 * @property {string|null} withheld
 * @property {string|null} support
 * @property {string|null} next_support
 * @property {Record<string, LiveLevel>} levels
 * @property {number} decimals
 * @property {string} unit
 * @property {string} prefix
 * @property {string} suffix
 */
/**
 * @typedef {Object} LiveLevel
 * @property {number} price
 * @property {number|null} session_level
 * @property {number} distance_pct
 * @property {number|null} distance_atr
 * @property {"held"|"broken"|"reclaimed"|"above"|"below"|"close only"|"under"|"reclaiming"|"testing"|"testing from below"|"overcome"|null} status
 * @property {boolean|null} gap_down
 * @property {number|null} close_needed
 * @property {number|null} if_closed_here
 */

/* As components/frame/findings.py writes them: status -> [sign, kind of chip]. */
const STATUS = {
  held: ["●", "up"],
  reclaimed: ["▲", "up"],
  reclaiming: ["△", "up"],
  testing: ["◐", "near"],
  broken: ["✕", "down"],
  under: ["▽", "down"],
  below: ["▼", "down"],
  above: ["○", ""],
  "close only": ["○", ""],
  "testing from below": ["◑", "near"],
  overcome: ["◇", "up"],
};

/** In the decimals and unit of its instrument. */
const price = (value, quote) => number(value, quote);

const QUOTE = {
  price: price,
  open: price,
  high: price,
  low: price,
  change_pct: (value) => percent(value),
  volume: (value) => number(value, { decimals: 0 }),
  time: (value) => clockSeconds.format(new Date(value)),
  pre: (value) => (value ? "PRE" : ""),
  support: (value) => levelName(value),
  next_support: (value) => levelName(value),
};

const LEVEL = {
  level: ["price", price],
  session_level: ["session_level", price],
  if_closed_here: ["if_closed_here", price],
  distance: ["distance_pct", (value) => percent(value)],
  atr: ["distance_atr", (value) => number(value, { decimals: 2, sign: true })],
  distance_atr: ["distance_atr", (value) => multipleOfAtr(value)],
};

/**
 * @typedef {Object} Shown
 * @property {any} value
 * @property {string} text
 * @property {boolean} [signed] tinted up or down
 * @property {string} [chip] class of a status
 * @property {string} [why] it is withheld
 */

/** "BRK.B.price" -> "BRK.B" */
export const symbolOf = (key) => key.slice(0, key.lastIndexOf("."));

/**
 * "BRK.B.distance:50-DMA" -> what is shown of it; null where it is not known.
 * @param {string} key
 * @param {Record<string, LiveQuote>} quotes
 * @returns {Shown|null}
 */
export function liveValue(key, quotes) {
  const symbol = symbolOf(key);
  const quote = quotes[symbol];
  const [field, name] = key.slice(symbol.length + 1).split(":");
  if (!quote) return null;
  if (name === undefined) {
    if (!(field in QUOTE)) return null;
    const text = QUOTE[field](quote[field], quote);
    return { value: quote[field], text, signed: field === "change_pct" };
  }
  const level = quote.levels[name];
  if (!level) return quote.withheld ? withheld(quote.withheld) : null;
  if (field === "status") return statusAt(level, quote);
  if (!(field in LEVEL)) return null;
  const [from, write] = LEVEL[field];
  return { value: level[from], text: write(level[from], quote) };
}

function withheld(why) {
  return { value: null, text: number(null, {}), chip: "chip", why };
}

/** A status is of the number it stands beside: where the close bore another, its own is written. */
function statusAt(level, quote) {
  const shown = status(quote.pre ? "PRE" : level.status);
  const own = level.session_level;
  const moved = quote.final && shown.value !== null && own !== null && own !== level.price;
  return moved ? { ...shown, text: shown.text + " " + price(own, quote) } : shown;
}

function status(name) {
  const { text, chip } = statusShown(name);
  return { value: name === "PRE" ? null : name, text, chip };
}

/** A status as its chip says it: its text, and the chip's class. @param {string|null} name */
export function statusShown(name) {
  const [sign, kind] = STATUS[name] || ["", ""];
  const text = name ? (sign + " " + name).trim() : number(null, {});
  return { text, chip: kind ? "chip chip-" + kind : "chip" };
}

/** Where two texts begin to differ; the length of the second where nothing does. */
export function firstChange(before, now) {
  let at = 0;
  while (at < now.length && now[at] === before[at]) at += 1;
  return at;
}

export const isPrice = (key) => key.endsWith(".price");
export const isStatus = (key) => key.includes(".status:");

/**
 * Which levels' statuses differ from those before, in words.
 * @param {string[]} keys of the statuses on screen
 * @param {Record<string, LiveQuote>} quotes
 * @param {Record<string, string>} before what was known, by key
 */
export function statusChanges(keys, quotes, before) {
  /** @type {Record<string, string>} */
  const now = { ...before };
  const changes = [];
  for (const key of new Set(keys)) {
    const shown = liveValue(key, quotes);
    if (!shown || !shown.value) continue;
    now[key] = shown.value;
    if (before[key] && before[key] !== shown.value) {
      const level = key.slice(key.indexOf(":") + 1);
      changes.push(symbolOf(key).replace("^", "") + ": " + level + " " + shown.value + ".");
    }
  }
  return { now, changes };
}

/** "up", "down" or "flat". */
export const direction = (value) => (value > 0 ? "up" : value < 0 ? "down" : "flat");
