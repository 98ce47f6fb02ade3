/* The hours of a form's two times: both, or none. */

/** @param {string} from a time, or ""
    @param {string} until a time, or ""
    @returns {string[]} both times, or none */
export function quietHours(from, until) {
  if (!from && !until) return [];
  if (from && until) return [from, until];
  const missing = from ? "until when" : "from when";
  throw new Error("Fill in " + missing + " it is quiet too, or neither of the two times.");
}
