/* The stage's nodes, its keys and its buttons; and the ways onto it. */
(function () {
  "use strict";
  const H = (window.holdline = window.holdline || {});
  const P = (H.presenter = H.presenter || {});
  const html = document.documentElement;
  const AWAKE_MS = 2500;

  /* [key shown, keys, what it does, the switch it shows (or null), action] */
  const ACTIONS = [
    ["←", ["ArrowLeft", "PageUp", "Backspace"], "Back", null, () => P.step(-1)],
    ["→", ["ArrowRight", "PageDown", " ", "Enter"], "Next", null, () => P.step(1)],
    ["f", ["f"], "Freeze", "frozen", () => P.toggle("frozen")],
    ["b", ["b", "."], "Blank", "blank", () => P.toggle("blank")],
    ["l", ["l"], "Pointer", "laser", () => P.toggle("laser")],
    ["d", ["d"], "Pen", "drawing", () => P.toggle("drawing")],
    ["c", ["c"], "Clear the pen", null, () => P.clearInk()],
    ["n", ["n"], "Notes window", "notes", () => P.toggleNotes()],
    ["a", ["a"], "Add to scenes", null, () => addShown()],
    ["t", ["t"], "Theme", null, () => document.getElementById("theme-toggle").click()],
    ["w", ["w"], "Whole screen", null, () => wholeScreen()],
    ["?", ["?", "h"], "Keys", "help", () => P.toggle("help")],
    ["Esc", ["Escape"], "Leave", null, () => leave()],
  ];
  const ONLY_KEYS = [["Home", () => P.to(0)], ["End", () => P.to(P.show().frames.length - 1)]];

  function wholeScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (html.requestFullscreen) html.requestFullscreen().catch(() => H.say("This browser does not give the whole screen."));
  }

  function leave() {
    if (P.show().help) P.toggle("help"); else P.leave();
  }

  function addShown() {
    const show = P.show();
    H.addScene(show.frames[show.at].scene);
  }

  function button(text, about, action) {
    const made = H.painter.element("button", text);
    made.type = "button";
    made.title = about;
    made.addEventListener("click", function (event) {
      action();
      if (event.detail && P.stage()) P.stage().root.focus();      // clicked: the keys are the stage's again
    });
    return made;
  }

  function tools() {
    const bar = H.painter.element("div", undefined, "stage-tools");
    bar.setAttribute("role", "toolbar");
    bar.setAttribute("aria-label", "Presenter");
    for (const [key, , about, shows, action] of ACTIONS) {
      const made = button(about, about + " (" + key + ")", action);
      if (shows) { made.dataset.shows = shows; made.setAttribute("aria-pressed", "false"); }
      bar.append(made);
    }
    return bar;
  }

  function help() {
    const box = H.painter.element("div", undefined, "stage-help");
    const list = H.painter.element("dl");
    for (const [key, , about] of [...ACTIONS, ["Home, End", null, "First, last scene"]]) {
      list.append(H.painter.element("dt", key), H.painter.element("dd", about));
    }
    box.append(H.painter.element("h2", "Keys"), list);
    return box;
  }

  P.build = function (show) {
    const element = H.painter.element;
    const made = { root: element("div", undefined, "stage") };
    made.root.tabIndex = -1;
    made.root.setAttribute("role", "dialog");
    made.root.setAttribute("aria-label", "Presentation: " + show.name);
    made.kicker = element("p", "", "stage-kicker");
    made.title = element("h1", "");
    made.title.setAttribute("aria-live", "polite");
    made.content = element("div", undefined, "stage-content");
    made.content.addEventListener("scroll", P.longer);
    made.stamps = element("div", undefined, "stage-stamps");
    made.advice = element("strong", "Not investment advice", "stage-advice");
    made.ready = element("p", "", "stage-ready");
    made.ready.setAttribute("role", "status");
    made.dots = element("nav", undefined, "stage-dots");
    made.dots.setAttribute("aria-label", "Scenes");
    show.frames.forEach(function (frame, i) {
      const dot = button("", "", () => P.to(i));
      dot.setAttribute("aria-label", "Scene " + (i + 1) + (frame.scene.title ? ": " + frame.scene.title : ""));
      dot.title = dot.getAttribute("aria-label");
      made.dots.append(dot);
    });
    made.count = element("span", "", "stage-count");
    made.tools = tools();
    const head = element("header"), foot = (made.foot = element("footer")), where = element("div", undefined, "stage-where");
    head.append(made.kicker, made.title);
    const end = element("span", undefined, "stage-end");
    end.append(made.advice, made.count);
    where.append(made.ready, made.dots, end);
    foot.append(made.stamps, where);
    made.root.append(head, made.content, foot, made.tools, help(), element("div", undefined, "stage-blank"));
    P.addInk(made);
    return made;
  };

  /* A long card scrolls first; only at its end the next scene comes. */
  function scrolled(key) {
    const by = key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0;
    const box = P.stage().content;
    const left = by > 0 ? box.scrollHeight - box.clientHeight - box.scrollTop : box.scrollTop;
    if (by && left > 4) box.scrollBy({ top: by * box.clientHeight * 0.7 });
    else if (by) P.step(by);
    return by !== 0;
  }

  /* Also for keys that are pressed in the notes window. */
  P.key = function (event) {
    if (!P.show() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "Tab") return;
    event.stopImmediatePropagation();
    const pressed = event.target.closest && event.target.closest("button");
    if (pressed && (key === " " || key === "Enter")) return;
    const found = ACTIONS.find((action) => action[1].includes(key));
    const other = ONLY_KEYS.find((action) => action[0] === key);
    if (found || other) { event.preventDefault(); (found ? found[4] : other[1])(); }
    else if (scrolled(key)) event.preventDefault();
  };
  document.addEventListener("keydown", P.key, true);

  /* The tab key stays on the stage. */
  document.addEventListener("focusin", function (event) {
    const stage = P.stage();
    if (stage && !stage.root.contains(event.target) && !event.target.closest("dialog")) stage.root.focus();
  });

  let sleeping = 0;
  for (const kind of ["pointermove", "pointerdown", "focusin"]) {
    document.addEventListener(kind, function (event) {
      const stage = P.stage();
      if (!stage) return;
      const show = P.show();      // pointer and pen are not disturbed, but at the foot
      if ((show.laser || show.drawing) && event.clientY < window.innerHeight * 0.85) return;
      clearTimeout(sleeping);
      stage.root.classList.add("is-awake");
      sleeping = setTimeout(() => stage.root.classList.remove("is-awake"), AWAKE_MS);
    });
  }

  /* ---- the ways in ---- */

  function panelsHere() {
    return [...document.querySelectorAll("#page-" + H.activePage() + " [data-panel]:not(.is-absent)")];
  }

  P.scenesHere = function () {
    const link = H.view.address();
    return link ? panelsHere().map((panel) => ({ link: link, panel: panel.dataset.panel, title: "", notes: "" })) : [];
  };

  /* The page on screen, from the panel that is nearest the top of the window. */
  P.presentPage = function () {
    const panels = panelsHere();
    if (!panels.length) { H.say("This page has no chart or card to present."); return; }
    const nearest = panels.map((panel) => Math.abs(panel.getBoundingClientRect().top - 120));
    const focused = panels.findIndex((panel) => panel.contains(document.activeElement));
    const held = panels.map((panel) => panel.classList.contains("is-loading") ? null : H.painter.payloadOf(panel.dataset.panel));
    P.enter({ name: document.title, scenes: P.scenesHere() }, focused >= 0 ? focused : nearest.indexOf(Math.min(...nearest)), held);
  };

  document.addEventListener("click", function (event) {
    if (event.target.closest && event.target.closest("#present-open")) P.presentPage();
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "p" || P.show() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable) return;
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    P.presentPage();
  });

  /* "#present" presents the page; "#scenes=..." offers the list that a link carries. */
  let arrivals = "";
  H.arrive = function () {
    const hash = location.hash;
    if (hash === arrivals) return;
    arrivals = hash;
    if (hash !== "#present" && !hash.startsWith("#scenes=")) return;
    history.replaceState(history.state, "", location.pathname + location.search);
    arrivals = "";
    if (hash === "#present") {
      P.enter({ name: document.title, scenes: P.scenesHere() }, 0);
    } else {
      H.scenes.decode(hash.slice(8)).then((list) => H.openScenes(list), (error) => H.say(error.message));
    }
  };
  window.addEventListener("hashchange", () => H.arrive());
})();
