/* Symbols as they are typed. Pure. */

const MARK = /^\$|^(NASDAQ|NYSE|NYSEARCA|AMEX|ARCA|BATS|CBOE):/; // as the server takes it off, too
const TICKER = /^[A-Z0-9^][A-Z0-9.\-=^]{0,14}$/;
const SLASHED = /^[A-Z]{0,6}\/[A-Z0-9]{1,3}$/; // BRK/B and /ES: the server knows how they are spelled

/** What was typed, in capitals and without a mark. @param {string} text */
export const bare = (text) => text.trim().toUpperCase().replace(MARK, "");

/** Whether a bare text may be a symbol. @param {string} text */
export const isTicker = (text) => TICKER.test(text);

/** What is wrong with a typed symbol, in a sentence; "" where nothing is. @param {string} text */
export function notASymbol(text) {
  const symbol = bare(text);
  if (isTicker(symbol) || SLASHED.test(symbol)) return "";
  const accepted = "1 to 15 letters, digits, “.”, “-”, “^” or “=”.";
  return "“" + text.trim().slice(0, 30) + "” is not a symbol: " + accepted;
}
