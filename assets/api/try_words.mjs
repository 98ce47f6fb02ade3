/* Addresses and answers of the API as text. Pure. */

/**
 * The path and query of a question; parameters left empty take their defaults.
 * @param {string} name
 * @param {[string, string][]} given
 */
export function addressOf(name, given) {
  const query = new URLSearchParams(given.filter(([, value]) => value !== ""));
  const text = query.toString().replaceAll("%2C", ",");
  return "/api/v1/" + encodeURIComponent(name) + (text && "?" + text);
}

/**
 * JSON over several lines; any other text as it is.
 * @param {string} text
 */
export function withIndent(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/**
 * Whether an answer rests on the simulator's prices.
 * @param {string} text
 */
export function isSimulated(text) {
  try {
    return JSON.parse(text).provenance?.simulated === true;
  } catch {
    return false;
  }
}

/** @param {string} text */
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + ".";
