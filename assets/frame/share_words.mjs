/* What is said of a shared panel: its address, the file's name, the lines in the picture. Pure. */

const FIRST_MINUTE = "09:31";
const LAST_MINUTE = "15:59";

/**
 * The moment a link holds: what the address names, or in session the minute that is on screen.
 * @param {string} asOf of the page, empty for now
 * @param {{phase: string, at: string}|null} live the newest prices
 * @param {(at: Date) => string} minuteIn New York's "2025-01-27T13:50" of a time
 * @returns {string|null} null: none that an address can name
 */
export function momentOf(asOf, live, minuteIn) {
  if (asOf) return asOf;
  if (!live || live.phase !== "open") return null;
  const minute = minuteIn(new Date(live.at));
  const clock = minute.slice(11);
  return clock >= FIRST_MINUTE && clock <= LAST_MINUTE ? minute : null;
}

/**
 * @param {string} address of the page, with its parameters
 * @param {string} panel its id: the link opens the page there
 * @param {string|null} moment
 */
export function linkOf(address, panel, moment) {
  const url = new URL(address);
  if (moment && !url.searchParams.has("as_of")) {
    const joint = url.search ? "&" : "?";
    return url.origin + url.pathname + url.search + joint + "as_of=" + moment + "#" + panel;
  }
  return url.origin + url.pathname + url.search + "#" + panel;
}

/** "supports/price" -> "holdline-supports-price-2025-01-27T1350.png" */
export function fileName(key, moment) {
  const when = moment ? "-" + moment.replace(":", "") : "";
  return "holdline-" + key.replace("/", "-") + when + ".png";
}

/**
 * The lines under a picture: what it rests on, then where it is from.
 * @param {{subtitle: string, simulated: boolean}} payload
 * @param {string} link
 * @param {boolean} says whether the panel's own head says what it rests on
 */
export function captionOf(payload, link, says) {
  const mark = payload.simulated ? "SIMULATED - not market prices" : "";
  return {
    mark,
    lines: [
      says ? "" : payload.subtitle,
      "Holdline \u00b7 " + link.replace(/^https?:\/\//, "") + " \u00b7 Not investment advice",
    ].filter(Boolean),
  };
}

/**
 * A text in lines no wider than there is room; a word that is wider stands alone, or is cut at
 * any letter where it has no end.
 * @param {string} text
 * @param {number} room
 * @param {(text: string) => number} widthOf
 * @returns {string[]}
 */
export function wrapped(text, room, widthOf) {
  /** @type {string[]} */
  const lines = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? line + " " + word : word;
    if (widthOf(longer) <= room) {
      line = longer;
      continue;
    }
    if (line) lines.push(line);
    line = word;
    while (widthOf(line) > room && line.length > 1) {
      let end = line.length - 1;
      while (end > 1 && widthOf(line.slice(0, end)) > room) end -= 1;
      lines.push(line.slice(0, end));
      line = line.slice(end);
    }
  }
  if (line) lines.push(line);
  return lines;
}
