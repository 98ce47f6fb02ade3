/* Who is signed in, in the bar; on a site without accounts there is nothing of it. */
import { byId } from "../core/dom.mjs";
import { routed } from "../core/router.mjs";
import { signInAddress, standing } from "../core/staff.mjs";

const link = /** @type {HTMLAnchorElement|null} */ (byId("account-link"));

async function show() {
  if (!link) return;
  const who = await standing();
  link.textContent = who.signedIn ? who.called : "Sign in";
  link.href = who.signedIn ? "/account" : signInAddress();
  link.title = who.signedIn ? "Your account: plan, alerts, sessions" : "";
}

routed.on(show);
show();
