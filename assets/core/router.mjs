/* The URL is the state. Address -> page stores and controls; controls and links -> address.
   One direction each, so that no callback depends on itself. */
(function () {
  "use strict";
  const H = (window.holdline = window.holdline || {});
  const set = (id, props) => window.dash_clientside.set_props(id, props);

  const shared = {};          // as_of and symbol follow the viewer from tab to tab
  const remembered = {};      // page key -> its parameters when last on screen
  const sent = {};            // page key -> JSON of the state its store holds
  const defaults = {};        // "page/name" -> a control's value in the layout
  let active = null;          // page key on screen

  /* A closer choice overrules a coarser one. While it does, the coarser control shows none of
     its segments; choosing one of them drops the closer choice. */
  const CLOSER = { range: ["start", "end"], rule: ["expiry"], symbol: ["expiry"] };
  const OVERRULES = { range: ["start"], rule: ["expiry"] };
  const overruled = (name, params) => (OVERRULES[name] || []).some((closer) => closer in params);

  H.config = function () {
    if (!H._config) H._config = JSON.parse(document.getElementById("frame-config").textContent);
    return H._config;
  };
  H.activePage = () => active;
  H.view = {
    pageAt: (path) => pageAt(path),
    stateFor: (page, search) => stateFor(paramsOf(page, search)),
    /* Address of what is on screen, or null. */
    address: function () {
      const page = H.config().pages.find((p) => p.key === active);
      return page ? address(page, remembered[page.key] || {}) : null;
    },
  };

  function pageAt(path) {
    const trimmed = path.length > 1 ? path.replace(/\/+$/, "") : path;
    return H.config().pages.find((page) => page.path === trimmed) || null;
  }

  function paramsOf(page, search) {
    const kept = {};
    const given = new URLSearchParams(search);
    for (const name of ["as_of", ...page.takes]) {
      if (given.has(name)) kept[name] = given.get(name);
    }
    return kept;
  }

  function address(page, params) {
    const query = Object.entries(params)
      .map(([k, v]) => k + "=" + encodeURIComponent(v).replace(/%2C/g, ",").replace(/%5E/g, "^"))
      .join("&");
    return page.path + (query ? "?" + query : "");
  }

  /* What the server is told: the address, with the process's own as-of date filled in. */
  function stateFor(params) {
    const state = Object.assign({}, params);
    if (state.as_of === undefined && H.config().as_of) state.as_of = H.config().as_of;
    if (state.as_of === "live") delete state.as_of;
    return state;
  }

  function encode(value) {
    if (Array.isArray(value)) return value.length ? value.join(",") : "";
    if (value === null || value === undefined || value === false) return "";
    return value === true ? "1" : String(value);
  }

  function decode(text, like) {
    if (!Array.isArray(like)) return text;
    return text === "" || text === "none" || text === "0" ? [] : text.split(",");
  }

  H.go = function (href, replace) {
    const here = location.pathname + location.search + location.hash;
    if (href === here) return;
    history[replace ? "replaceState" : "pushState"](null, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  };

  /* Change some parameters of the page on screen; null removes one. */
  H.change = function (changes, replace) {
    const page = H.config().pages.find((p) => p.key === active);
    if (!page) return;
    const params = Object.assign(paramsOf(page, location.search), changes);
    for (const [name, value] of Object.entries(params)) {
      if (value === null) delete params[name];
    }
    H.go(address(page, params), replace);
  };

  H.toSymbol = function (symbol) {
    const pages = H.config().pages;
    const here = pages.find((p) => p.key === active);
    const page = here && here.takes.includes("symbol") ? here
      : pages.find((p) => p.takes.includes("symbol")) || here;
    const params = page === here ? paramsOf(page, location.search)
      : Object.assign({}, remembered[page.key]);
    if (shared.as_of) params.as_of = shared.as_of;
    params.symbol = symbol;
    for (const name of ["expiry", "compare"]) delete params[name];
    H.go(address(page, params));
  };

  function drawTabs(page) {
    for (const link of document.querySelectorAll("a[data-tab]")) {
      const tab = H.config().pages.find((p) => p.key === link.dataset.tab);
      const params = Object.assign({}, remembered[tab.key]);
      delete params.as_of;
      if (shared.as_of) params.as_of = shared.as_of;
      if (tab.takes.includes("symbol")) {
        if (shared.symbol && params.symbol !== shared.symbol) delete params.expiry;
        if (shared.symbol) params.symbol = shared.symbol; else delete params.symbol;
      }
      link.setAttribute("href", address(tab, params));
      if (page && tab.key === page.key) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    H.fitTabs();
  }

  function restoreControls(page, params, ids, values) {
    ids.forEach((id, i) => {
      const key = id.page + "/" + id.name;
      if (!(key in defaults)) defaults[key] = values[i] === undefined ? null : values[i];
      if (id.page !== page.key) return;
      const wanted = overruled(id.name, params) ? null : id.name in params ? decode(params[id.name], defaults[key]) : defaults[key];
      if (encode(wanted) !== encode(values[i])) set(id, { value: wanted });
    });
    H.mirrorDates();
  }

  /* What a page shows by itself, without the server: `views` of its payloads (3-panels.js). */
  const LOCAL = ["range", "log"];
  H.remembered = (key) => remembered[key] || {};
  function shownHere(page, state) {
    if (!sent[page.key]) return false;
    const before = JSON.parse(sent[page.key]);
    const names = new Set([...Object.keys(before), ...Object.keys(state)]);
    const changed = [...names].filter((name) => before[name] !== state[name]);
    return changed.length > 0 && changed.every((name) => LOCAL.includes(name)) && H.showViews(page.key);
  }

  function send(key, state) {
    const text = JSON.stringify(state);
    if (sent[key] === text) return false;
    sent[key] = text;
    set({ type: "page-state", page: key }, { data: state });
    return true;
  }

  function showPage(page) {
    for (const other of H.config().pages) {
      set("page-" + other.key, { hidden: !page || other.key !== page.key });
    }
    set("page-missing", { hidden: Boolean(page) });
    document.title = (page ? page.name : "No such page") + " · Holdline";
  }

  function showAsOf(state) {
    document.documentElement.classList.toggle("is-past", Boolean(state.as_of));
    H.showAsOf(state.as_of || "");
  }

  const clientside = (window.dash_clientside = window.dash_clientside || {});
  clientside.holdline = clientside.holdline || {};

  clientside.holdline.route = function (href, values, ids) {
    const page = pageAt(location.pathname);
    const moved = !page || page.key !== active;
    active = page ? page.key : null;
    H.dress();
    if (moved) showPage(page);
    if (page) {
      const params = paramsOf(page, location.search);
      if (page.takes.includes("symbols")) H.watchlist(params, moved);
      remembered[page.key] = params;
      if (params.as_of) shared.as_of = params.as_of; else delete shared.as_of;
      if (page.takes.includes("symbol")) shared.symbol = params.symbol;
      const state = stateFor(params);
      restoreControls(page, params, ids, values);
      showAsOf(state);
      if ((shownHere(page, state) || !send(page.key, state)) && moved) H.pulseSoon(page.key);
    }
    send("frame", stateFor(shared.as_of ? { as_of: shared.as_of } : {}));
    drawTabs(page);
    if (!showTarget() && moved) window.scrollTo(0, 0);
    H.arrive();
  };

  clientside.holdline.control = function () {
    const page = H.config().pages.find((p) => p.key === active);
    const changes = {};
    for (const { prop_id, value } of window.dash_clientside.callback_context.triggered) {
      const at = prop_id.lastIndexOf(".");
      let id;
      try { id = JSON.parse(prop_id.slice(0, at)); } catch (error) { continue; }
      const key = id.page + "/" + id.name;
      if (!page || id.page !== page.key || !(key in defaults)) continue;
      const text = encode(value);
      const current = paramsOf(page, location.search);
      const usual = encode(defaults[key]);
      const shown = id.name in current
        ? encode(decode(current[id.name], defaults[key])) : usual;
      if (text === "" && id.name in OVERRULES) continue;
      if (text === shown && !overruled(id.name, current)) continue;
      for (const closer of CLOSER[id.name] || []) {
        if (page.takes.includes(closer)) changes[closer] = null;
      }
      const emptied = Array.isArray(value) ? "none" : "";
      changes[id.name] = text === usual ? null : (text || emptied);
    }
    if (Object.keys(changes).length) H.change(changes);
  };

  /* Links inside the app move without a reload. */
  document.addEventListener("click", function (event) {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest && event.target.closest("a");
    if (!link || link.hasAttribute("download")) return;
    const drawn = link instanceof SVGElement;          // a name on a chart's axis
    const href = drawn ? link.href.baseVal : link.getAttribute("href");
    const target = drawn ? link.target.baseVal.replace("_self", "") : link.target;
    if (!href || target || href.startsWith("#")) return;
    const to = new URL(href, location.href);
    const page = to.origin === location.origin ? pageAt(to.pathname) : null;
    if (!page) return;
    event.preventDefault();
    const params = paramsOf(page, to.search);
    const here = paramsOf(page, page.key === active ? location.search : "");
    if (page.key === active && !to.search && to.hash) Object.assign(params, here);
    for (const name of LOCAL) if (page.key === active && to.search && name in here && !(name in params)) params[name] = here[name];
    if (shared.as_of && params.as_of === undefined && !link.dataset.tab) params.as_of = shared.as_of;
    H.go(address(page, params) + to.hash);
  });

  function showTarget() {
    document.querySelectorAll(".is-target").forEach((node) => node.classList.remove("is-target"));
    if (!location.hash) return false;
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return false;
    target.classList.add("is-target");
    setTimeout(() => target.scrollIntoView(), 0);
    return true;
  }

  /* The pulse: only for the page on screen, only now, only while the tab is seen, and never
     on top of a question that is still being answered. */
  let inFlight = 0;
  H.busy = () => inFlight > 0;
  let beats = 0;
  const plainFetch = window.fetch;
  let thawed = null, thaw = null;
  /* While frozen every request waits at the gate; what was asked goes out when it opens. */
  H.freeze = function (on) {
    document.documentElement.classList.toggle("is-frozen", on);
    if (on && !thawed) thawed = new Promise((resolve) => { thaw = resolve; });
    if (!on && thawed) { thaw(); thawed = null; }
  };
  window.fetch = function (resource) {
    if (thawed) return thawed.then(() => window.fetch.apply(this, arguments));
    const watched = String(resource && resource.url || resource).includes("_dash-update-component");
    const reply = plainFetch.apply(this, arguments);
    if (watched) {
      inFlight += 1;
      const done = () => { inFlight -= 1; };
      reply.then(done, done);
    }
    return reply;
  };

  /* Frozen, or behind the presenter, which asks for its own scenes. */
  H.isStill = () => /\bis-(frozen|presenting)\b/.test(document.documentElement.className);

  function beat() {
    if (document.hidden || active === null || inFlight > 0) return;
    if (document.documentElement.classList.contains("is-past")) return;
    if (H.isStill()) return;
    beats += 1;
    set({ type: "pulse", page: active }, { data: beats });
    set({ type: "pulse", page: "frame" }, { data: beats });
  }
  /* Ask for a page again, whatever the date shown; only while it is on screen. */
  H.ask = function (page) {
    if (page !== active || document.hidden || H.isStill()) return;
    beats += 1;
    set({ type: "pulse", page: page }, { data: beats });
  };
  H.pulseSoon = () => setTimeout(beat, 50);

  document.addEventListener("DOMContentLoaded", function () {
    setInterval(beat, Math.max(1, H.config().refresh_seconds) * 1000);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) beat(); });
  });
})();
