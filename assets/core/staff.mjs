/* Who is this viewer, and may they edit? Asked once a page; the server checks every edit again. */
import { send } from "./http.mjs";

/**
 * @typedef {Object} Standing
 * @property {boolean} accounts whether people sign in here; else there is one owner
 * @property {boolean} signedIn whether this browser has
 * @property {string} called their name, "" for a stranger
 * @property {string} plan "free", "trial", "pro", "staff" or "owner"
 * @property {boolean} staff may edit what is everybody's
 */

/** @type {Standing} */
const STRANGER = { accounts: false, signedIn: false, called: "", plan: "free", staff: false };

/** @type {Promise<Standing>|null} */
let asked = null;

/** Who it is; a stranger as long as the server does not say. @returns {Promise<Standing>} */
export function standing(again = false) {
  if (!asked || again) {
    asked = send("/me").catch(() => {
      asked = null; // whoever wants to know next asks again
      return STRANGER;
    });
  }
  return asked;
}

/** Whether the server said so. @param {Standing} who */
export const isKnown = (who) => who !== STRANGER;

/** Whether this viewer's plan has what PRO has.
 * @param {Standing} who
 */
export const hasPro = (who) => who.plan !== "free";

/** Whether this viewer has rules, channels and lists of their own to change: with accounts whoever has
 * signed in, else the owner.
 * @param {Standing} who
 */
export const hasOwn = (who) => (who.accounts ? who.signedIn : who.staff);

/** Where one signs in, to come back to the view that is open. */
export function signInAddress() {
  return "/sign-in?next=" + encodeURIComponent(location.pathname + location.search);
}

/** Why a stranger may not edit here, in a sentence.
 * @param {Standing} who
 */
export function whyNot(who) {
  if (!who.accounts) return "Only the owner edits: open the address printed at the start.";
  if (!who.signedIn) return "Only staff edit: sign in first.";
  return "Only staff edit, signed in with a passkey.";
}
