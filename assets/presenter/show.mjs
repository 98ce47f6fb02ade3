/* Presenter mode: one panel at a time on a stage of its own, drawn from payloads held here, so
   that stepping asks nothing of anybody. The pages behind it stand still meanwhile. */
(function () {
  "use strict";
  const H = (window.holdline = window.holdline || {});
  const P = (H.presenter = H.presenter || {});
  const html = document.documentElement;
  const PATIENCE_MS = 90000, AGAIN_MS = 5000, SAID_MS = 6000, MOST_GROWING = 30;
  const clock = new Intl.DateTimeFormat("en-US", { timeZone: "America/New_York", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" });

  let show = null;          // what is on: name, frames, at, when it began, what is switched on
  let stage = null;         // its nodes

  P.show = () => show;
  P.stage = () => stage;
  P.listeners = P.listeners || [];         // (show) after each change: ink, notes
  function changed() { for (const listener of P.listeners) listener(show); }

  /* ---- what is held ---- */

  function frameOf(scene, payload) {
    const { state } = H.scenes.place(scene);
    return { scene: scene, state: state, payload: payload || null, problem: "", growing: 0, key: scene.link + "|" + scene.panel };
  }

  async function ask(frame) {
    const query = new URLSearchParams(Object.assign({}, frame.state, { panel: frame.scene.panel }));
    const reply = await fetch("/panel.json?" + query, { signal: AbortSignal.timeout(PATIENCE_MS), credentials: "same-origin" });
    const payload = await reply.json();
    if (!reply.ok) throw new Error(payload.error);
    return payload;
  }

  /* Bring a scene up to date; what is held stays when that fails. */
  async function refresh(frame) {
    const of = show;
    try {
      const payload = await ask(frame);
      if (show !== of || show.frozen) return;
      show.lost = null;
      frame.problem = "";
      if (frame.payload && frame.payload.version === payload.version) return;
      frame.payload = payload;
      if (show.frames[show.at] === frame) draw();
    } catch (error) {
      if (show !== of || show.frozen) return;
      if (error instanceof TypeError || error.name === "TimeoutError") show.lost = show.lost || simulatedClock();
      if (!frame.payload) frame.problem = show.lost ? "The server could not be reached." : error.message;
      if (show.frames[show.at] === frame && !frame.payload) draw(); else tell();
    }
  }

  /* Every scene once, the one on screen first; then they are held. */
  async function warm() {
    const of = show;
    const order = show.frames.map((_, i) => show.frames[(show.at + i) % show.frames.length]);
    const waiting = order.filter((frame) => !frame.payload);
    async function worker() {
      for (let frame; show === of && (frame = waiting.shift());) {
        await refresh(frame);
        tell();
      }
    }
    await Promise.all([worker(), worker()]);
    if (show === of) { show.ready = Date.now(); tell(); }
  }

  P.held = () => (show ? show.frames.filter((frame) => frame.payload).length : 0);

  /* While it runs and is not frozen: the scene on screen, and one other in turn. */
  let beating = 0;
  async function beat() {
    clearTimeout(beating);
    const of = show;
    if (!show) return;
    const current = show.frames[show.at];
    const grows = current.payload && current.payload.again && current.growing++ < MOST_GROWING;
    beating = setTimeout(beat, grows ? current.payload.again * 1000 : Math.max(AGAIN_MS, H.config().refresh_seconds * 1000));
    if (show.frozen || !show.ready) return;
    show.turn = (show.turn + 1) % show.frames.length;
    await refresh(current);
    if (show === of && !show.lost) await refresh(show.frames[show.turn]);
  }

  async function catchUp() {
    const of = show;
    for (const frame of [show.frames[show.at], ...show.frames]) {
      if (show !== of || show.frozen || show.lost) return;
      await refresh(frame);
    }
  }

  /* ---- what is seen ---- */

  function draw() {
    const frame = show.frames[show.at];
    const payload = frame.payload;
    html.classList.toggle("is-past", Boolean(frame.state.as_of));
    stage.kicker.textContent = frame.scene.title;
    stage.kicker.hidden = !frame.scene.title;
    stage.title.textContent = payload ? payload.title : frame.problem || "Getting this scene ready …";
    tell();
    P.paint(frame, stage);
    H.live.redraw();
    changed();
  }

  function simulatedClock() {
    const snapshot = H.live.snapshot;
    return snapshot && snapshot.speed !== null ? new Date(snapshot.at) : new Date();
  }

  function state() {
    const frame = show.frames[show.at];
    const chips = [];
    if (show.frozen) chips.push(["FROZEN at " + clock.format(show.frozen), "frozen"]);
    if (frame.payload && frame.payload.simulated) chips.push(["SIMULATED", "warn"]);
    if (frame.payload && /^(STALE|ERROR|NO DATA)/.test(frame.payload.badge.text)) chips.push([frame.payload.badge.text, "warn"]);
    else if (show.lost || html.classList.contains("is-cut-off")) chips.push([(frame.payload ? "STALE: " : "") + "no connection" + (show.lost ? " since " + clock.format(show.lost) : ""), "warn"]);
    if (frame.state.as_of) chips.push(["PAST", "accent"]);
    return chips;
  }

  /* The lines at the foot: what the figures are of, and where we are in the list. */
  function tell() {
    if (!show) return;
    const payload = show.frames[show.at].payload;
    const chips = state().map(([text, kind]) => H.painter.element("b", text, "stamp stamp-" + kind));
    const words = payload ? payload.subtitle.replace(/^SIMULATED, |(· )SIMULATED, /, "$1") : "";
    const signature = chips.map((chip) => chip.textContent).join("|") + words;
    if (stage.stamps.dataset.of !== signature) {
      stage.stamps.dataset.of = signature;
      stage.stamps.replaceChildren(...chips, H.painter.element("span", words, "stamp-of"));
    }
    const all = show.frames.length, held = P.held();
    const fresh = Date.now() - show.ready < SAID_MS;
    stage.ready.textContent = !show.ready ? "Scene " + Math.min(all, held + 1) + " of " + all + " getting ready"
      : held < all ? held + " of " + all + " scenes ready" : fresh ? "All " + all + (all === 1 ? " scene" : " scenes") + " ready" : "";
    stage.count.textContent = show.at + 1 + " / " + all;
    [...stage.dots.children].forEach((dot, i) => {
      dot.classList.toggle("is-held", Boolean(show.frames[i].payload));
      if (i === show.at) dot.setAttribute("aria-current", "step"); else dot.removeAttribute("aria-current");
    });
    html.classList.toggle("is-blank", show.blank);
    for (const button of stage.tools.querySelectorAll("[aria-pressed]")) {
      button.setAttribute("aria-pressed", String(Boolean(show[button.dataset.shows])));
    }
  }
  P.tell = tell;

  /* ---- what can be done ---- */

  P.to = function (at) {
    if (!show || at < 0 || at >= show.frames.length || at === show.at) return;
    show.at = at;
    show.blank = false;
    draw();
  };
  P.step = (by) => P.to(show.at + by);
  P.freeze = function (on) {
    show.frozen = on ? simulatedClock() : null;
    H.freeze(on);
    tell();
    changed();
    if (!on) catchUp();
  };
  P.toggle = function (name) {
    if (name === "frozen") { P.freeze(!show.frozen); return; }
    show[name] = !show[name];
    if (name === "laser" && show.laser) show.drawing = false;
    if (name === "drawing" && show.drawing) show.laser = false;
    tell();
    changed();
  };

  /* list: name and scenes; at: where to begin; held: payloads that are here already, by scene. */
  P.enter = function (list, at, held) {
    if (show) P.leave();
    let frames;
    try { frames = list.scenes.map((scene, i) => frameOf(scene, held && held[i])); } catch (error) { H.say(error.message); return; }
    if (!frames.length) { H.say("There is nothing here to present."); return; }
    if (document.fullscreenElement) document.exitFullscreen();
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    show = { name: list.name, frames: frames, at: Math.min(at || 0, frames.length - 1), began: Date.now(), turn: 0, ready: 0, lost: null, frozen: null, blank: false, laser: false, drawing: false, notes: false, help: false };
    show.before = { focus: document.activeElement, y: window.scrollY, past: html.classList.contains("is-past") };
    html.classList.add("is-presenting");
    stage = P.build(show);
    document.body.append(stage.root);
    stage.root.focus();
    sizes.observe(stage.content);
    draw();
    show.ticking = setInterval(tell, 1000);
    beat();
    warm();
  };

  P.leave = function () {
    if (!show) return;
    const before = show.before;
    clearInterval(show.ticking);
    clearTimeout(beating);
    if (show.frozen) H.freeze(false);
    show = null;
    changed();
    sizes.disconnect();
    P.unpaint();
    stage.root.remove();
    stage = null;
    html.classList.remove("is-presenting", "is-blank");
    html.classList.toggle("is-past", before.past);
    if (document.fullscreenElement) document.exitFullscreen();
    window.scrollTo(0, before.y);
    window.dispatchEvent(new Event("resize"));
    if (before.focus && before.focus.isConnected) before.focus.focus({ preventScroll: true });
    H.pulseSoon();
  };

  P.redraw = function () { if (show) draw(); };
  let sizing = 0;
  function resized() {
    clearTimeout(sizing);
    if (show) sizing = setTimeout(P.redraw, 60);
  }
  window.addEventListener("resize", resized);
  /* A stamp that comes or goes can take a line at the foot. */
  const sizes = new ResizeObserver(([entry]) => { if (entry.target.dataset.drawn !== P.sizeOf(entry.target)) resized(); });
  new MutationObserver(P.redraw).observe(html, { attributes: true, attributeFilter: ["data-theme"] });
})();
