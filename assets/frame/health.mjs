/* The data-health panel, the countdown in the strip, and what screen readers are told. */
(function () {
  "use strict";
  const H = (window.holdline = window.holdline || {});
  const TICK_MS = 1000, ASK_MS = 5000, LOOK_AGAIN_MS = 5000;
  const zone = { timeZone: "America/New_York" };
  const day = new Intl.DateTimeFormat("en-GB", Object.assign({ weekday: "short", day: "numeric", month: "short", year: "numeric" }, zone));
  const clock = new Intl.DateTimeFormat("en-GB", Object.assign({ hour: "2-digit", minute: "2-digit" }, zone));

  /* The exchange's time, from what the server last said of it. A real market's clock only goes
     forward: of two answers the slower one would put it back. */
  const base = { time: NaN, real: 0, speed: null };
  function exchangeNow() {
    return base.time + (performance.now() - base.real) * (base.speed === null ? 1 : base.speed);
  }
  function told(time, speed) {
    const known = exchangeNow();
    base.time = speed === null && known > time ? known : time;
    base.real = performance.now();
    base.speed = speed;
  }

  /* As formats.countdown writes it. */
  function countdown(seconds) {
    const left = Math.max(0, Math.ceil(seconds));
    if (left < 600) return Math.floor(left / 60) + " min " + String(left % 60).padStart(2, "0") + " s";
    const minutes = Math.ceil(left / 60), hours = Math.floor(minutes / 60);
    return hours ? hours + " h " + (minutes % 60) + " min" : minutes + " min";
  }

  function write(node, text) {
    const first = node.firstChild;
    if (first && first.nodeType === Node.TEXT_NODE) { if (first.data !== text) first.data = text; }
    else node.textContent = text;
  }

  let strip = null, saidNow = "", lookedAgain = 0;
  function count() {
    const at = strip.querySelector("[data-now]");
    if (at && at.dataset.now !== saidNow) {
      saidNow = at.dataset.now;
      told(Date.parse(saidNow), base.speed);
    }
    const left = strip.querySelector("[data-until]");
    if (!left || !at) return;
    const now = exchangeNow(), until = Date.parse(left.dataset.until);
    write(left, countdown((until - now) / 1000));
    write(at, day.format(now).replace(",", "") + ", " + clock.format(now) + at.textContent.slice(at.textContent.lastIndexOf(" ")));
    if (now >= until && performance.now() - lookedAgain > LOOK_AGAIN_MS) {
      lookedAgain = performance.now();
      H.pulseSoon();
    }
  }

  /* One polite region for all pages; it speaks when a state changes, not at the first sight of it. */
  const PHASE = { open: "Market open.", "pre-market": "Pre-market.", closed: "Market closed." };
  const FEED = { stream: "Live feed: LIVE.", polled: "Live feed: DELAYED, prices are polled." };
  let before = null;
  function announce() {
    const phase = strip.querySelector("[data-phase]"), badge = strip.querySelector(".health-open .badge");
    if (!phase || !badge) return;
    if (phase.dataset.phase === "past") { before = null; return; }
    const word = badge.textContent.replace(/ (since|\d).*/, "");
    const now = {
      phase: PHASE[phase.dataset.phase] || "",
      word: word && "Prices: " + word + ".",
      feed: FEED[document.documentElement.dataset.feed] || (before ? before.feed : ""),
      lost: H.live && H.live.lost ? "Connection lost; figures are STALE." : "Connected.",
    };
    if (before) {
      const changed = Object.keys(now).filter((name) => now[name] !== before[name] && (name !== "feed" || before.feed));
      if (changed.length) write(document.getElementById("health-said"), changed.map((name) => now[name]).join(" "));
    }
    before = now;
  }

  document.addEventListener("holdline-live", function (event) {
    const snapshot = event.detail;
    told(Date.parse(snapshot.at), snapshot.speed);
    const phase = strip && strip.querySelector("[data-phase]");
    if (phase && phase.dataset.phase !== "past" && phase.dataset.phase !== snapshot.phase) H.pulseSoon();
  });

  const clientside = (window.dash_clientside = window.dash_clientside || {});
  clientside.holdline = clientside.holdline || {};
  clientside.holdline.paint_strip = function (content) { H.fill("strip", content); };
  clientside.holdline.paint_health = function (content) { H.fill("health-body", content); };

  let asked = 0, timer = 0, opener = null;
  const dialog = () => document.getElementById("health");
  function ask() {
    if (!dialog().open || document.hidden) return;
    asked += 1;
    const symbol = new URLSearchParams(location.search).get("symbol");
    window.dash_clientside.set_props("health-asked", { data: { count: asked, symbol: symbol } });
  }
  document.addEventListener("click", function (event) {
    const at = (selector) => event.target.closest && event.target.closest(selector);
    if (at("[data-open=health]")) {
      opener = at("[data-open=health]");
      dialog().showModal();
      ask();
      timer = setInterval(ask, ASK_MS);
    } else if (at("[data-close=health]") || event.target === dialog()) dialog().close();
  });
  document.addEventListener("close", function (event) {
    if (event.target !== dialog()) return;
    clearInterval(timer);
    if (opener) opener.focus();
  }, true);

  document.addEventListener("DOMContentLoaded", function () {
    setInterval(function () {
      strip = strip && strip.isConnected ? strip : document.getElementById("strip");
      if (!strip || document.hidden) return;
      count();
      announce();
    }, TICK_MS);
  });
})();
