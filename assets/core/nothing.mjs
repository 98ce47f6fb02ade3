/* Whether a whole page has nothing to show for one reason, and of what kind that is. Pure. */

const FEWEST = 3; // panels that must say the same
const MOST = 0.7; // of those that have an answer

/**
 * @typedef {Object} Nothing
 * @property {string} sentence
 * @property {"symbol"|"moment"|"chain"|"other"} kind
 * @property {string} asked the symbol or the moment that there is not
 */

/**
 * The one reason that most panels of a page give, or null.
 * @param {string[]} absences of the panels that have an answer; empty for one that shows something
 * @param {Record<string, any>} params of the page's address
 * @returns {Nothing|null}
 */
export function wholePage(absences, params) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const said of absences) if (said) counts[said] = (counts[said] || 0) + 1;
  const [sentence, many] = Object.entries(counts).sort((a, b) => b[1] - a[1])[0] || ["", 0];
  if (many < FEWEST || many < MOST * absences.length) return null;
  const moment = params.as_of || "";
  const symbol = params.symbol || params.focus || "";
  if (moment && sentence.toLowerCase().startsWith("as_of")) {
    return { sentence, kind: "moment", asked: moment };
  }
  if (symbol && sentence.includes("'" + symbol + "'")) {
    return { sentence, kind: "symbol", asked: symbol };
  }
  const kind = /\bchains?\b/.test(sentence) ? "chain" : "other";
  return { sentence, kind, asked: "" };
}

/** What to look for near a symbol that there is not, the nearest first. */
export function nearTexts(symbol) {
  return [symbol, symbol.slice(0, 2), symbol.slice(0, 1)].filter(
    (text, i, all) => text && all.indexOf(text) === i,
  );
}
