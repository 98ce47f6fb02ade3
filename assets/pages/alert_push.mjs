/* This browser as a channel: alerts by Web Push, also while no page is open. */
import { make } from "../core/dom.mjs";
import { send } from "../core/http.mjs";
import { wantNotifications } from "../frame/toasts.mjs";
import { work, worked } from "./alert_forms.mjs";

const WORKER = "/worker.js";
const CODE = /^\d{8}/;

export const canPush = () => "serviceWorker" in navigator && "PushManager" in window;

let here = ""; // the name of this browser's subscription among channels, "" without one

/** Work out which channel is this browser; the server names it in the same way. */
export async function lookHere() {
  if (!canPush()) return;
  const registration = await navigator.serviceWorker.getRegistration("/");
  const found = registration && (await registration.pushManager.getSubscription());
  here = found ? await targetOf(found.endpoint) : "";
}

async function targetOf(endpoint) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0"));
  return "push:" + hex.join("").slice(0, 32);
}

/** Whether a channel is this browser. */
export const isHere = (channel) => channel.kind === "push" && channel.target === here;

/** End this browser's subscription, when its channel is removed. */
export async function endHere() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  const found = registration && (await registration.pushManager.getSubscription());
  if (found) await found.unsubscribe();
  here = "";
}

/** The browser asks whoever sits there; only after a click. */
async function subscribe(key) {
  if ((await Notification.requestPermission()) !== "granted")
    throw new Error("This browser refuses notifications: allow them beside its address bar.");
  await navigator.serviceWorker.register(WORKER);
  const { pushManager } = await navigator.serviceWorker.ready;
  const old = await pushManager.getSubscription();
  if (old && keyOf(old) !== key) await old.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

function keyOf(subscription) {
  const bytes = new Uint8Array(subscription.options.applicationServerKey || []);
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The row that makes this browser a channel; null where it is one, or cannot be.
 * @param {any} mine what /alerts/mine says
 */
export function pushRow(mine) {
  if (!canPush() || mine.channels.some(isHere)) return null;
  const say = make("output", { class: "form-says", "aria-live": "polite" });
  const button = make("button", {
    type: "button",
    class: "quiet",
    "data-push": "",
    text: "Alert this browser",
    disabled: !mine.push_key,
  });
  const row = make(
    "li",
    {},
    make("b", { text: "This browser" }),
    make("span", { class: "target", text: "also while no page is open" }),
    button,
    say,
  );
  say.textContent = mine.push_refusal || "";
  button.addEventListener("click", () =>
    work(row, say, async () => {
      const subscription = await subscribe(mine.push_key);
      here = await targetOf(subscription.endpoint);
      const reply = await send("/alerts/channels", {
        kind: "push",
        subscription: subscription.toJSON(),
      });
      await wantNotifications(false); // the pages' own would say it twice
      return reply.waits ? "A code was pushed to this browser." : "A test is on its way.";
    }),
  );
  return row;
}

/* The code came back by the way that it is to confirm: no need to type it. */
if (canPush()) {
  navigator.serviceWorker.addEventListener("message", async ({ data }) => {
    const code = data && data.kind === "confirm" && CODE.exec(data.title);
    if (!code || !here) return;
    await send("/alerts/channels/confirm", { kind: "push", target: here, code: code[0] });
    worked.send();
  });
}
