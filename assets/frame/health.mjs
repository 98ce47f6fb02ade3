/* The data-health panel, the countdown in the strip, and what screen readers are told. */
import { pulseSoon, put, receive } from "../core/questions.mjs";
import { byId, within, write } from "../core/dom.mjs";
import { clock, countdown, newYork } from "../core/format.mjs";
import { isLost, ticked } from "../core/live.mjs";
import { fill } from "../core/panels.mjs";

const TICK_MS = 1000,
  ASK_MS = 5000,
  LOOK_AGAIN_MS = 5000;
const day = newYork({ weekday: "short", day: "numeric", month: "short", year: "numeric" });

/* The exchange's time, from what the server last said of it. A real market's clock only goes
   forward: of two answers the slower one would put it back. */
const base = { time: NaN, real: 0, speed: null };
function exchangeNow() {
  return base.time + (performance.now() - base.real) * (base.speed === null ? 1 : base.speed);
}
function setClock(time, speed) {
  const known = exchangeNow();
  base.time = speed === null && known > time ? known : time;
  base.real = performance.now();
  base.speed = speed;
}

let strip = null,
  saidNow = "",
  lookedAgain = 0;
function count() {
  const at = strip.querySelector("[data-now]");
  if (at && at.dataset.now !== saidNow) {
    saidNow = at.dataset.now;
    setClock(Date.parse(saidNow), base.speed);
  }
  const left = strip.querySelector("[data-until]");
  if (!left || !at) return;
  const now = exchangeNow(),
    until = Date.parse(left.dataset.until);
  write(left, countdown((until - now) / 1000));
  write(
    at,
    day.format(now).replace(",", "") +
      ", " +
      clock.format(now) +
      at.textContent.slice(at.textContent.lastIndexOf(" ")),
  );
  if (now >= until && performance.now() - lookedAgain > LOOK_AGAIN_MS) {
    lookedAgain = performance.now();
    pulseSoon();
  }
}

/* One polite region for all pages; it speaks when a state changes, not at the first sight of it. */
const PHASE = { open: "Market open.", "pre-market": "Pre-market.", closed: "Market closed." };
const FEED = { stream: "Live feed: LIVE.", polled: "Live feed: DELAYED, prices are polled." };
let before = null;
function announce() {
  const phase = strip.querySelector("[data-phase]"),
    badge = strip.querySelector(".health-open .badge");
  if (!phase || !badge) return;
  if (phase.dataset.phase === "past") {
    before = null;
    return;
  }
  const word = badge.textContent.replace(/ (since|\d).*/, "");
  const now = {
    phase: PHASE[phase.dataset.phase] || "",
    word: word && "Prices: " + word + ".",
    feed: FEED[document.documentElement.dataset.feed] || (before ? before.feed : ""),
    lost: isLost() ? "Connection lost; figures are STALE." : "Connected.",
  };
  if (before) {
    const changed = Object.keys(now).filter(
      (name) => now[name] !== before[name] && (name !== "feed" || before.feed),
    );
    if (changed.length) write(byId("health-said"), changed.map((name) => now[name]).join(" "));
  }
  before = now;
}

ticked.on((snapshot) => {
  setClock(Date.parse(snapshot.at), snapshot.speed);
  const phase = strip && strip.querySelector("[data-phase]");
  if (phase && phase.dataset.phase !== "past" && phase.dataset.phase !== snapshot.phase)
    pulseSoon();
});

receive("health", (content) => fill("health-body", content));

let asked = 0,
  timer = 0,
  opener = null;
const dialog = () => byId("health");
function ask() {
  if (!dialog().open || document.hidden) return;
  asked += 1;
  const symbol = new URLSearchParams(location.search).get("symbol");
  put("health", { count: asked, symbol });
}
document.addEventListener("click", function (event) {
  const at = (selector) => within(event, selector);
  if (at("[data-open=health]")) {
    opener = at("[data-open=health]");
    dialog().showModal();
    ask();
    timer = window.setInterval(ask, ASK_MS);
  } else if (at("[data-close=health]") || event.target === dialog()) dialog().close();
});
document.addEventListener(
  "close",
  function (event) {
    if (event.target !== dialog()) return;
    clearInterval(timer);
    if (opener) opener.focus();
  },
  true,
);

setInterval(() => {
  strip = strip && strip.isConnected ? strip : byId("strip");
  if (!strip || document.hidden) return;
  count();
  announce();
}, TICK_MS);
