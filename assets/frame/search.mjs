/* The frame: theme, symbol search, as-of date, date fields, keys. */
(function () {
  "use strict";
  const H = (window.holdline = window.holdline || {});
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const html = document.documentElement;
  const ANSWER_MS = 1500;   // how long Enter waits for suggestions of what was just typed
  const TICKER = /^[A-Z0-9^][A-Z0-9.\-=^]{0,14}$/;
  const KEY = "holdline-theme";
  const darkQuery = window.matchMedia("(prefers-color-scheme: dark)");

  function stored() {
    try { return localStorage.getItem(KEY); } catch (error) { return null; }
  }
  function setTheme(theme, keep) {
    html.dataset.theme = theme;
    if (keep) { try { localStorage.setItem(KEY, theme); } catch (error) { /* private mode keeps it for this visit */ } }
    const button = document.getElementById("theme-toggle");
    if (button) {
      button.setAttribute("aria-pressed", String(theme === "dark"));
      button.title = theme === "dark" ? "Use the light theme" : "Use the dark theme";
    }
    set("theme", { data: theme });
  }
  darkQuery.addEventListener("change", function () {
    if (!stored() && H.config().theme === "system") setTheme(darkQuery.matches ? "dark" : "light", false);
  });

  /* Date fields: the browser's own picker, mirrored into the control that holds the state. */
  function dateInput(label) {
    const input = document.createElement("input");
    input.type = "date";
    input.min = "1990-01-02";
    input.setAttribute("aria-label", label);
    return input;
  }
  H.mirrorDates = function () {
    const params = new URLSearchParams(location.search);
    for (const field of document.querySelectorAll(".date-field")) {
      if (field.dataset.page !== H.activePage()) continue;
      let input = field.querySelector("input");
      if (!input) {
        input = dateInput(field.dataset.label);
        field.append(input);
        onCommit(input, () => H.change({ [field.dataset.name]: input.value || null }));
      }
      input.value = params.get(field.dataset.name) || "";
    }
  };

  /* Typing a year digit by digit passes through dates nobody meant: a date counts when it was
     picked, or when Enter is pressed or the field is left. */
  function onCommit(input, commit) {
    let typed = 0;
    let pending = false;
    const run = function () {
      pending = false;
      const day = input.type === "date";
      if (!day || !input.value || (input.value >= input.min && input.value < "2100")) commit();
    };
    input.addEventListener("keydown", function (event) {
      typed = Date.now();
      if (event.key === "Enter" && pending) run();
    });
    input.addEventListener("change", function () {
      pending = true;
      if (Date.now() - typed > 400) run();
    });
    input.addEventListener("blur", function () { if (pending) run(); });
  }

  H.showAsOf = function (asOf) {
    const slot = document.getElementById("as-of-slot");
    if (!slot) return;
    let input = slot.querySelector("input");
    if (!input) {
      input = dateInput("As of the close of");
      slot.append(input);
      const minute = document.createElement("input");
      minute.type = "time";
      minute.id = "as-of-minute";
      minute.min = "09:31";
      minute.max = "15:59";
      minute.setAttribute("aria-label", "Minute of the session, New York; empty for its close");
      minute.title = "Minute of the session, New York; empty for its close";
      slot.append(minute);
      const change = function () {
        const at = input.value && minute.value ? input.value + "T" + minute.value : input.value;
        H.change({ as_of: at || (H.config().as_of ? "live" : null) });
      };
      onCommit(input, change);
      onCommit(minute, change);
    }
    input.value = asOf.slice(0, 10);
    const clock = document.getElementById("as-of-minute");
    clock.value = asOf.slice(11);
    clock.hidden = !asOf;
    const live = document.getElementById("as-of-live");
    live.setAttribute("aria-pressed", String(!asOf));
    document.getElementById("replay-start").hidden = Boolean(asOf);
    H.showReplay(asOf);
  };

  /* Tabs that do not fit stand in a menu at the bar's end; the one on screen is never among them. */
  H.fitTabs = function () {
    const bar = document.querySelector(".tabs-bar");
    if (!bar) return;
    const more = bar.querySelector(".tabs-more");
    const links = [...bar.querySelectorAll(".tabs > a")];
    for (const link of links) link.hidden = false;
    more.hidden = false;
    const widths = links.map((link) => link.getBoundingClientRect().width + 2);
    const whole = widths.reduce((sum, width) => sum + width, 0);
    let room = bar.clientWidth - (whole > bar.clientWidth ? more.getBoundingClientRect().width + 4 : 0);
    const current = links.findIndex((link) => link.hasAttribute("aria-current"));
    if (current >= 0) room -= widths[current];
    let full = false;
    links.forEach(function (link, i) {
      if (i === current) return;
      if (full || widths[i] > room) { full = true; link.hidden = true; } else room -= widths[i];
    });
    const left = links.filter((link) => link.hidden);
    more.hidden = !left.length;
    more.querySelector(".menu").replaceChildren(...left.map(function (link) {
      const copy = link.cloneNode(true);
      copy.hidden = false;
      return copy;
    }));
  };
  window.addEventListener("resize", () => H.fitTabs());
  document.addEventListener("click", function (event) {
    const more = document.querySelector(".tabs-more[open]");
    if (more && !(event.target.closest && event.target.closest(".tabs-more > summary"))) more.open = false;
  });
  document.addEventListener("keydown", function (event) {
    const more = document.querySelector(".tabs-more[open]");
    if (event.key === "Escape" && more) { more.open = false; more.querySelector("summary").focus(); }
  });

  /* Symbol search */
  let dialog, box, list, message, matches = [], chosen = -1, timer = 0, sequence = 0, opener = null;
  let asked = "", answered = null, waiting = 0;   // texts last asked for and answered; Enter before its answer

  function build() {
    dialog = document.getElementById("search");
    box = document.createElement("input");
    box.type = "text";
    box.id = "search-box";
    box.autocomplete = "off";
    box.spellcheck = false;
    box.maxLength = 40;
    box.placeholder = "Symbol or company";
    box.setAttribute("role", "combobox");
    box.setAttribute("aria-expanded", "false");
    box.setAttribute("aria-controls", "search-list");
    box.setAttribute("aria-label", "Symbol or company");
    list = document.createElement("ul");
    list.id = "search-list";
    list.setAttribute("role", "listbox");
    message = document.createElement("p");
    message.className = "search-message";
    message.setAttribute("role", "status");
    document.getElementById("search-slot").append(box, list, message);
    box.addEventListener("input", function () {
      clearTimeout(timer);
      clearTimeout(waiting);
      waiting = 0;
      say("");
      chosen = -1;
      timer = setTimeout(ask, 140);
    });
    box.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (matches.length) choose((chosen + (event.key === "ArrowDown" ? 1 : matches.length + (chosen < 0 ? 0 : -1))) % matches.length);
      } else if (event.key === "Enter") {
        event.preventDefault();
        accept();
      }
    });
    dialog.addEventListener("click", function (event) { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("close", function () { if (opener) opener.focus(); });
  }
  function say(text) { message.textContent = text; }
  function ask() {
    const text = box.value.trim();
    sequence += 1;
    asked = text;
    if (!text) { answered = text; draw([]); return; }
    set("search-query", { data: { text: text, sequence: sequence } });
  }
  function draw(found) {
    matches = found;
    list.replaceChildren();
    found.forEach(function (match, i) {
      const item = document.createElement("li");
      item.id = "search-option-" + i;
      item.setAttribute("role", "option");
      const symbol = document.createElement("b");
      symbol.textContent = match.symbol;
      const name = document.createElement("span");
      name.textContent = match.name;
      item.append(symbol, name);
      item.addEventListener("click", function () { take(match.symbol); });
      list.append(item);
    });
    box.setAttribute("aria-expanded", String(found.length > 0));
    choose(-1);
  }
  function choose(i) {
    chosen = i;
    [...list.children].forEach((item, k) => item.setAttribute("aria-selected", String(k === i)));
    if (i >= 0) { box.setAttribute("aria-activedescendant", "search-option-" + i); list.children[i].scrollIntoView({ block: "nearest" }); }
    else box.removeAttribute("aria-activedescendant");
  }
  function take(symbol) { dialog.close(); H.toSymbol(symbol); }
  function accept() {
    if (chosen >= 0) return take(matches[chosen].symbol);
    const text = box.value.trim().toUpperCase();
    if (!text) return;
    if (answered !== box.value.trim() && !waiting) {   // Enter was faster than the suggestions
      clearTimeout(timer);
      ask();
      waiting = setTimeout(function () { answered = box.value.trim(); accept(); }, ANSWER_MS);
      return;
    }
    clearTimeout(waiting);
    waiting = 0;
    const exact = matches.find((match) => match.symbol === text);
    if (exact || matches.length === 1) return take((exact || matches[0]).symbol);
    if (TICKER.test(text)) return take(text);
    if (matches.length) return take(matches[0].symbol);
    say("“" + box.value.trim() + "” is not a symbol: 1 to 15 letters, digits, “.”, “-”, “^” or “=”.");
  }
  H.openSearch = function () {
    if (!dialog) build();
    if (dialog.open) return;
    opener = document.activeElement;
    box.value = "";
    answered = "";
    clearTimeout(waiting);
    waiting = 0;
    say("");
    draw([]);
    dialog.showModal();
    box.focus();
  };

  const clientside = (window.dash_clientside = window.dash_clientside || {});
  clientside.holdline = clientside.holdline || {};
  clientside.holdline.suggest = function (answer) {
    if (!answer || !dialog || answer.sequence !== sequence) return;
    answered = asked;
    draw(answer.matches);
    if (!answer.matches.length) say(answer.message);
    if (waiting) accept();
  };

  /* Definitions: narrow the list while typing. */
  function filterTerms(box) {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const entry of document.querySelectorAll("[data-terms]")) {
      const hit = words.every((word) => entry.dataset.terms.includes(word));
      entry.hidden = !hit;
      shown += hit ? 1 : 0;
    }
    for (const group of document.querySelectorAll(".terms-group")) {
      group.hidden = !group.querySelector("[data-terms]:not([hidden])");
    }
    document.getElementById("terms-count").textContent =
      shown ? shown + (shown === 1 ? " term" : " terms") : "No term matches “" + box.value + "”.";
  }
  document.addEventListener("input", function (event) {
    if (event.target.id === "terms-filter") filterTerms(event.target);
  });

  /* Term tooltips stay inside the window and open on focus too. */
  let tip = null;
  function showTip(target) {
    hideTip();
    tip = document.createElement("div");
    tip.id = "tip";
    tip.setAttribute("role", "tooltip");
    tip.textContent = target.dataset.tip;
    (document.fullscreenElement || document.body).append(tip);
    const at = target.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left), window.innerWidth - tip.offsetWidth - 8);
    const below = at.bottom + 6 + tip.offsetHeight < window.innerHeight;
    tip.style.left = left + "px";
    tip.style.top = (below ? at.bottom + 6 : at.top - tip.offsetHeight - 6) + "px";
    target.setAttribute("aria-describedby", "tip");
  }
  function hideTip() {
    if (!tip) return;
    document.querySelectorAll("[aria-describedby=tip]").forEach((node) => node.removeAttribute("aria-describedby"));
    tip.remove();
    tip = null;
  }
  for (const kind of ["mouseover", "focusin"]) {
    document.addEventListener(kind, function (event) {
      const target = event.target.closest && event.target.closest("[data-tip]");
      if (target) showTip(target); else hideTip();
    });
  }
  document.addEventListener("focusout", hideTip);
  document.addEventListener("scroll", hideTip, true);

  document.addEventListener("click", function (event) {
    const at = (selector) => event.target.closest && event.target.closest(selector);
    if (at("#theme-toggle")) setTheme(html.dataset.theme === "dark" ? "light" : "dark", true);
    if (at("[data-open=search]")) H.openSearch();
    if (at("#search-close")) dialog.close();
    if (at("#replay-start")) H.startReplay();
    if (at("#as-of-live, #as-of-return")) H.change({ as_of: H.config().as_of ? "live" : null });
  });

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") hideTip();
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    if (event.key === "/" && !typing && !event.metaKey && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      H.openSearch();
    }
  });

  clientside.holdline.theme_now = function () {
    const button = document.getElementById("theme-toggle");
    if (button) button.setAttribute("aria-pressed", String(html.dataset.theme === "dark"));
    return html.dataset.theme;
  };
})();
