/* Replay: the moment shown, in the header and the banner; steps, play, and the stamp on panels. */
(function () {
  "use strict";
  const H = (window.holdline = window.holdline || {});
  const html = document.documentElement;
  const SIZES = [["1m", "1 min"], ["5m", "5 min"], ["15m", "15 min"], ["30m", "30 min"], ["1s", "session"]];
  const PLAY_MS = 1200, LOOK_MS = 100;
  const SIZE_KEY = "holdline-replay-step";

  let playing = false, timer = 0, moving = false;

  const asOf = () => H.asOf || "";
  const size = () => document.getElementById("replay-size").value;
  const back = (by) => "-" + by;

  /* "2025-01-27T10:00" -> "Monday 27 January 2025, 10:00 New York" */
  H.asOfText = function (asOfText) {
    const when = new Date(asOfText.slice(0, 10) + "T12:00:00Z");
    if (isNaN(when)) return asOfText;
    const day = when.toLocaleDateString("en-GB",
      { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
    return asOfText.length > 10 ? day + ", " + asOfText.slice(11) + " New York" : "the close of " + day;
  };

  function button(id, label, text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.id = id;
    made.textContent = text;
    made.title = label;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  }

  function build(banner) {
    const bar = document.createElement("div");
    bar.id = "replay";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "Replay");
    const chosen = document.createElement("select");
    chosen.id = "replay-size";
    chosen.setAttribute("aria-label", "Step");
    for (const [value, text] of SIZES) chosen.append(new Option(text, value));
    try { chosen.value = localStorage.getItem(SIZE_KEY) || "5m"; } catch (error) { chosen.value = "5m"; }
    if (!chosen.value) chosen.value = "5m";
    chosen.addEventListener("change", function () {
      try { localStorage.setItem(SIZE_KEY, chosen.value); } catch (error) { /* private mode keeps it for this visit */ }
    });
    bar.append(
      button("replay-session-back", "One session back (<)", "«", () => step(back("1s"))),
      button("replay-back", "One step back (,)", "‹", () => step(back(size()))),
      button("replay-play", "Play (k)", "Play", () => play(!playing)),
      button("replay-on", "One step on (.)", "›", () => step(size())),
      button("replay-session-on", "One session on (>)", "»", () => step("1s")),
      chosen
    );
    const line = document.createElement("span");
    line.id = "replay-told";
    line.setAttribute("role", "status");
    banner.querySelector("span").after(bar, line);
  }

  function tell(text) {
    const line = document.getElementById("replay-told");
    if (line) line.textContent = text;
  }

  async function ask(address) {
    const reply = await fetch(address, { credentials: "same-origin" });
    const body = await reply.json();
    if (!reply.ok) throw new Error(body.error);
    return body.as_of;
  }

  /* `wanted` is asked once the answer is here: a pause drops the step that was on its way. */
  async function step(by, wanted) {
    if (moving || !asOf()) return false;
    moving = true;
    tell("");
    try {
      const to = await ask("/replay/step?as_of=" + encodeURIComponent(asOf()) + "&by=" + by);
      if (wanted && !wanted()) return false;
      if (to === null) tell("There is nothing later yet.");
      else H.change({ as_of: to }, true);
      return to !== null;
    } catch (error) {
      tell(error instanceof TypeError ? "The server cannot be reached." : error.message);
      return false;
    } finally {
      moving = false;
    }
  }

  function play(on) {
    playing = on && Boolean(asOf());
    clearTimeout(timer);
    const shown = document.getElementById("replay-play");
    if (shown) {
      shown.textContent = playing ? "Pause" : "Play";
      shown.setAttribute("aria-pressed", String(playing));
      shown.setAttribute("aria-label", playing ? "Pause (k)" : "Play (k)");
    }
    if (playing) turn();
  }

  /* The next step waits until the one before has been answered and could be looked at. */
  async function turn() {
    const began = Date.now();
    if (!document.hidden && !(await step(size(), () => playing))) { play(false); return; }
    const wait = function () {
      if (!playing) return;
      if (H.busy() || document.hidden || Date.now() - began < PLAY_MS) timer = setTimeout(wait, LOOK_MS);
      else turn();
    };
    timer = setTimeout(wait, LOOK_MS);
  }

  H.showReplay = function (text) {
    const banner = document.getElementById("as-of-banner");
    if (!banner) return;
    if (!document.getElementById("replay")) build(banner);
    banner.hidden = !text;
    H.asOf = text;
    if (!text) { play(false); html.style.removeProperty("--as-of-stamp"); return; }
    banner.querySelector("span").textContent = "As of " + H.asOfText(text) + ". Nothing later is used.";
    html.style.setProperty("--as-of-stamp", JSON.stringify("As of " + text.replace("T", " ")));
  };

  H.startReplay = async function () {
    try {
      const to = await ask("/replay/start");
      if (to) H.change({ as_of: to });
      return to;
    } catch (error) {
      return null;
    }
  };

  const KEYS = { ",": () => step(back(size())), ".": () => step(size()), "<": () => step(back("1s")), ">": () => step("1s"), k: () => play(!playing) };
  document.addEventListener("keydown", function (event) {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    if (typing || event.metaKey || event.ctrlKey || event.altKey || !asOf() || !(event.key in KEYS)) return;
    event.preventDefault();
    KEYS[event.key]();
  });
})();
