/* May this viewer edit? Asked once a page; the server checks every edit again. */
import { send } from "./http.mjs";
import { Signal } from "./page.mjs";

/**
 * @typedef {Object} Standing
 * @property {boolean} staff may edit
 * @property {boolean} token whether signing in is possible
 */

/** @type {Promise<Standing>|null} */
let asked = null;

/** Raised when the viewer has signed in. @type {Signal<Standing>} */
export const signedIn = new Signal();

/** @returns {Promise<Standing>} */
export function standing(again = false) {
  if (!asked || again) asked = send("/staff").catch(() => ({ staff: false, token: false }));
  return asked;
}

/** Sign in with the staff token; the promise fails with the server's sentence. */
export async function signIn(token) {
  const reply = await send("/staff", { token });
  asked = Promise.resolve(reply);
  signedIn.send(reply);
  return reply;
}
