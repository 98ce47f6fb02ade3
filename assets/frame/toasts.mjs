/* Toasts: what an alert says, on every page and, if wanted, through the browser. */
import { byId, make } from "../core/dom.mjs";
import { withDays } from "../core/format.mjs";
import { Signal, isFrozen } from "../core/page.mjs";
import { get } from "../core/http.mjs";
import { go } from "../core/router.mjs";
import { discard, store, stored } from "../core/storage.mjs";

const SEEN = "holdline-notices";
const WHOSE = "holdline-notices-of";
const WANTED = "holdline-notify";
const LOCK = "holdline-notices";
const FIRST_MS = 1500;
const SHOWN_MS = 4000;
const HIDDEN_MS = 15000;
const LONGEST_MS = 60000;
const PATIENCE_MS = 8000;
const STAYS_MS = 30000;
const MOST_TOASTS = 3;

/** Raised with the notices that are new to this browser. @type {Signal<any[]>} */
export const notified = new Signal();

let timer = 0;
let failures = 0;
let asking = false;

export function mayNotify() {
  return (
    stored(WANTED) === "1" && "Notification" in window && Notification.permission === "granted"
  );
}
/* A hidden tab asks only where it may show a notification; a presented page shows none. */
function mayTell() {
  return !isFrozen() && (!document.hidden || mayNotify());
}

async function fetchNew() {
  const seen = stored(SEEN);
  const query =
    seen === null ? "" : "?" + new URLSearchParams({ since: seen, of: stored(WHOSE) || "" });
  const reply = await get("/notices.json" + query, PATIENCE_MS);
  return reply.status === 204 ? null : reply.json();
}

/* Of all tabs of this browser one tells a notice: whoever moves the number on. */
function take(news) {
  const whose = news.of || "";
  if (whose !== (stored(WHOSE) || "")) {
    store(WHOSE, whose); // somebody else has signed in: the number was another's
    discard(SEEN);
  }
  const seen = Number(stored(SEEN) || "0");
  const fresh =
    stored(SEEN) === null || news.newest < seen ? [] : news.notices.filter((n) => n.number > seen);
  if (fresh.length || String(news.newest) !== stored(SEEN)) {
    if (news.newest < seen || news.newest > seen || stored(SEEN) === null)
      store(SEEN, String(news.newest));
  }
  if (!fresh.length) return;
  notified.send(fresh);
  if (document.hidden) fresh.forEach(notifyBrowser);
  else showToasts(fresh);
}

async function alone(work) {
  if (navigator.locks) return navigator.locks.request(LOCK, work);
  return work();
}

async function poll() {
  clearTimeout(timer);
  if (asking) return;
  if (mayTell()) {
    asking = true;
    try {
      await alone(async () => {
        const news = await fetchNew();
        if (news) take(news);
      });
      failures = 0;
    } catch {
      failures += 1; // the strip says that the connection is lost; asked again, ever later
    } finally {
      asking = false;
    }
  }
  const usual = document.hidden ? HIDDEN_MS : SHOWN_MS;
  timer = window.setTimeout(poll, Math.min(LONGEST_MS, usual * 2 ** Math.min(failures, 6)));
}

function notifyBrowser(notice) {
  if (!mayNotify()) return;
  const title = (notice.simulated ? "SIMULATED: " : "") + withDays(notice.title);
  try {
    const shown = new Notification(title, {
      body: withDays(notice.text),
      tag: "holdline-" + notice.number,
    });
    shown.onclick = () => {
      window.focus();
      go(notice.link);
      shown.close();
    };
  } catch {
    /* a phone lets only service workers notify: the toast waits for the page */
  }
}

function region() {
  let stack = byId("toasts");
  if (!stack) {
    stack = make("div", {
      id: "toasts",
      role: "log",
      "aria-live": "polite",
      "aria-label": "Alerts",
    });
    document.body.append(stack);
  }
  return stack;
}

function showToasts(fresh) {
  const stack = region();
  const more = fresh.length - MOST_TOASTS;
  fresh.slice(-MOST_TOASTS).forEach((notice) => stack.append(toast(notice)));
  if (more > 0) {
    const text = "and " + more + " more";
    stack.append(toast({ title: text, text: "", link: "/alerts", simulated: false }));
  }
  while (stack.children.length > MOST_TOASTS + 1) stack.firstChild.remove();
}

function toast(notice) {
  const close = make("button", {
    type: "button",
    class: "toast-close",
    "aria-label": "Dismiss",
    text: "×",
  });
  const link = make("a", { href: notice.link, class: "toast-title", text: withDays(notice.title) });
  const box = make(
    "div",
    { class: "toast" },
    make(
      "div",
      {},
      notice.simulated ? make("span", { class: "chip chip-warn", text: "SIMULATED" }) : null,
      link,
      notice.text ? make("p", { text: withDays(notice.text) }) : null,
    ),
    close,
  );
  close.addEventListener("click", () => box.remove());
  link.addEventListener("click", () => box.remove());
  let bell = window.setTimeout(() => box.remove(), STAYS_MS);
  const stay = () => clearTimeout(bell);
  const leave = () => {
    stay();
    bell = window.setTimeout(() => box.remove(), STAYS_MS);
  };
  for (const [kind, what] of [
    ["mouseenter", stay],
    ["focusin", stay],
    ["mouseleave", leave],
    ["focusout", leave],
  ]) {
    box.addEventListener(kind, what);
  }
  return box;
}

/** A toast that stays until it is answered: what is offered, and what the button does.
 * @param {string} text
 * @param {string} label
 * @param {() => void} act
 */
export function offer(text, label, act) {
  const yes = make("button", { type: "button", class: "quiet", text: label });
  const no = make("button", {
    type: "button",
    class: "toast-close",
    "aria-label": "Dismiss",
    text: "×",
  });
  const box = make("div", { class: "toast" }, make("div", {}, make("p", { text }), yes), no);
  no.addEventListener("click", () => box.remove());
  yes.addEventListener("click", () => {
    box.remove();
    act();
  });
  region().append(box);
}

/** Let the browser show notifications, or no longer; whether it does. */
export async function wantNotifications(on) {
  store(WANTED, on && (await Notification.requestPermission()) === "granted" ? "1" : "0");
  return mayNotify();
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) poll();
});
timer = window.setTimeout(poll, FIRST_MS);
