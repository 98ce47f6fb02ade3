/* Alerts: toasts on every page, and the forms of the alerts page. */
(function () {
  "use strict";
  const H = (window.holdline = window.holdline || {});
  const html = document.documentElement;
  const SEEN = "holdline-notices", WANTED = "holdline-notify", LOCK = "holdline-notices";
  const SHOWN_MS = 4000, HIDDEN_MS = 15000, LONGEST_MS = 60000, PATIENCE_MS = 8000;
  const STAYS_MS = 30000, MOST_TOASTS = 3;

  /* What this browser keeps; without storage each page keeps it for itself. */
  const own = {};
  function get(key) { try { return localStorage.getItem(key); } catch (error) { return own[key] || null; } }
  function put(key, value) { own[key] = value; try { localStorage.setItem(key, value); } catch (error) { /* private mode */ } }

  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "text") node.textContent = value;
      else if (typeof value === "boolean") node.toggleAttribute(name, value);
      else node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child !== null));
    return node;
  }

  /* New notices */
  let timer = 0, failures = 0, asking = false;

  function mayNotify() {
    return get(WANTED) === "1" && "Notification" in window && Notification.permission === "granted";
  }
  /* A hidden tab asks only where it may show a notification; a presented page shows none. */
  function mayTell() { return !html.classList.contains("is-frozen") && (!document.hidden || mayNotify()); }

  async function fetchNew() {
    const seen = get(SEEN);
    const limit = new AbortController();
    const bell = setTimeout(() => limit.abort(), PATIENCE_MS);
    try {
      const address = "/notices.json" + (seen === null ? "" : "?since=" + encodeURIComponent(seen));
      const reply = await fetch(address, { signal: limit.signal, credentials: "same-origin" });
      if (!reply.ok) throw new Error("status " + reply.status);
      return reply.status === 204 ? null : await reply.json();
    } finally {
      clearTimeout(bell);
    }
  }

  /* Of all tabs of this browser one tells a notice: whoever moves the number on. */
  function take(news) {
    const seen = Number(get(SEEN) || "0");
    const fresh = get(SEEN) === null || news.newest < seen ? [] : news.notices.filter((n) => n.number > seen);
    if (fresh.length || String(news.newest) !== get(SEEN)) {
      if (news.newest < seen || news.newest > seen || get(SEEN) === null) put(SEEN, String(news.newest));
    }
    if (!fresh.length) return;
    document.dispatchEvent(new CustomEvent("holdline-notices", { detail: fresh }));
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
        await alone(async () => { const news = await fetchNew(); if (news) take(news); });
        failures = 0;
      } catch (error) {
        failures += 1;      // the strip says that the connection is lost; asked again, ever later
      } finally {
        asking = false;
      }
    }
    const usual = document.hidden ? HIDDEN_MS : SHOWN_MS;
    timer = setTimeout(poll, Math.min(LONGEST_MS, usual * 2 ** Math.min(failures, 6)));
  }

  function notifyBrowser(notice) {
    if (!mayNotify()) return;
    const title = (notice.simulated ? "SIMULATED: " : "") + notice.title;
    try {
      const shown = new Notification(title, { body: notice.text, tag: "holdline-" + notice.number });
      shown.onclick = () => { window.focus(); H.go(notice.link); shown.close(); };
    } catch (error) { /* a phone lets only service workers notify: the toast waits for the page */ }
  }

  function region() {
    let stack = document.getElementById("toasts");
    if (!stack) {
      stack = make("div", { id: "toasts", role: "log", "aria-live": "polite", "aria-label": "Alerts" });
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
    const close = make("button", { type: "button", class: "toast-close", "aria-label": "Dismiss", text: "×" });
    const link = make("a", { href: notice.link, class: "toast-title", text: notice.title });
    const box = make("div", { class: "toast" },
      make("div", {},
        notice.simulated ? make("span", { class: "chip chip-warn", text: "SIMULATED" }) : null,
        link,
        notice.text ? make("p", { text: notice.text }) : null),
      close);
    close.addEventListener("click", () => box.remove());
    link.addEventListener("click", () => box.remove());
    let bell = setTimeout(() => box.remove(), STAYS_MS);
    const stay = () => clearTimeout(bell);
    const leave = () => { stay(); bell = setTimeout(() => box.remove(), STAYS_MS); };
    for (const [kind, what] of [["mouseenter", stay], ["focusin", stay], ["mouseleave", leave], ["focusout", leave]]) {
      box.addEventListener(kind, what);
    }
    return box;
  }

  /* The page: sentences to fill in */
  function select(name, label, options, chosen) {
    const box = make("select", { name: name, "aria-label": label });
    for (const [value, text] of options) box.append(make("option", { value: value, text: text, selected: value === chosen }));
    return box;
  }
  function input(name, label, attributes) {
    return make("input", Object.assign({ name: name, "aria-label": label, autocomplete: "off", required: true }, attributes));
  }

  /* The form of an alert kind is data: see analytics/alerts/form.py. Each control is a node, and `value`
     for the JSON field it sends; undefined sends none. */
  const CONTROLS = {
    text: (c) => ({ node: make("span", { text: shown(c.text) }) }),
    symbol: (c) => {
      const node = input(c.name, c.label, { type: "text", class: "field short", maxlength: "15", spellcheck: "false" });
      node.dataset.symbol = "";
      return { node, value: () => node.value };
    },
    choice: (c) => {
      const node = select(c.name, c.label, c.options.map(([value, text]) => [String(value), shown(text)]), String(c.value));
      return { node, value: () => c.options.find(([value]) => String(value) === node.value)[0] };
    },
    number: (c) => {
      const node = input(c.name, c.label, { type: "number", class: "field " + (c.placeholder ? "short" : "tiny"),
        min: String(c.min), step: "any", placeholder: c.placeholder || "" });
      if (c.max !== null) node.max = String(c.max);
      if (c.value !== null) node.value = String(c.value);
      return { node, value: () => node.disabled ? undefined : Number(node.value) };
    },
    tick: (c) => {
      const box = make("input", { type: "checkbox", name: c.name });
      return { node: make("label", { class: "tick" }, box, shown(c.label)), value: () => box.checked };
    },
  };
  function shown(text) { return text.replace(/-DMA/g, "‑DMA"); }

  function ruleForm(kind) {
    const made = kind.controls.map((c) => Object.assign({ about: c }, CONTROLS[c.control](c)));
    const named = (name) => made.find((one) => one.about.name === name);
    for (const one of made.filter((one) => one.about.when)) {
      const [name, value] = one.about.when, choice = named(name);
      const follow = () => { one.node.hidden = one.node.disabled = choice.value() !== value; };
      choice.node.addEventListener("change", follow);
      follow();
    }
    return sentence(kind.kind, made.map((one) => one.node), { path: "/alerts/rules", body: () => {
      const fields = made.filter((one) => one.about.name).map((one) => [one.about.name, one.value()]);
      return Object.fromEntries([["kind", kind.kind], ...fields.filter(([, value]) => value !== undefined)]);
    } });
  }

  function sentence(key, parts, read) {
    const say = make("output", { class: "form-says", "aria-live": "polite" });
    const form = make("form", { class: "sentence", "data-form": key, novalidate: false },
      ...parts, make("button", { type: "submit", class: "quiet", text: "Add" }), say);
    form.addEventListener("submit", async function (event) {
      event.preventDefault();
      await work(form, say, async () => {
        const reply = await H.send(read.path, read.body(new FormData(form)));
        return reply.words ? "Added: " + reply.words + "." : "Added: " + reply.target + ".";
      });
    });
    return form;
  }

  async function work(scope, say, run) {
    const buttons = [...scope.querySelectorAll("button")];
    buttons.forEach((button) => { button.disabled = true; });
    say.classList.remove("is-error");
    say.textContent = "";
    try {
      say.textContent = await run();
      await refresh();
    } catch (error) {
      say.classList.add("is-error");
      say.textContent = error.message;
    } finally {
      buttons.forEach((button) => { button.disabled = false; });
    }
  }

  function channelForm(kind, label, attributes) {
    return sentence(kind, [input("target", label, Object.assign({ class: "field wide", maxlength: "400" }, attributes))],
      { path: "/alerts/channels", body: (form) => ({ kind: kind, target: form.get("target") }) });
  }

  /* The symbol and the level that the address names stand in the forms. */
  function prefill() {
    const params = new URLSearchParams(location.search);
    const symbol = params.get("symbol") || "SPY", level = params.get("level");
    for (const box of document.querySelectorAll("#alert-forms [data-symbol]")) {
      if (box !== document.activeElement) box.value = symbol;
    }
    for (const box of document.querySelectorAll("#alert-forms [name=sessions]")) {
      if (![...box.options].some((option) => option.value === level)) continue;
      box.value = level;
      box.dispatchEvent(new Event("change"));
    }
  }

  function browserRow() {
    const row = make("li", {}, make("b", { text: "This page" }), make("span", { class: "target", text: "a toast on every open page" }));
    if (!("Notification" in window)) return row;
    const on = mayNotify();
    const button = make("button", { type: "button", class: "quiet", "aria-pressed": String(on), text: on ? "Notifications are on" : "Notify when in the background" });
    button.addEventListener("click", async function () {
      if (mayNotify()) put(WANTED, "0");
      else put(WANTED, (await Notification.requestPermission()) === "granted" ? "1" : "0");
      if (Notification.permission === "denied") button.textContent = "This browser refuses notifications";
      else drawBrowser();
    });
    row.append(button);
    return row;
  }
  function drawBrowser() {
    const row = document.querySelector("#alert-channels li:first-child");
    if (row) row.replaceWith(browserRow());
  }

  function channelRow(channel) {
    const say = make("output", { class: "form-says", "aria-live": "polite" });
    const row = make("li", {}, make("b", { text: channel.kind === "email" ? "E‑mail" : "Webhook" }),
      make("span", { class: "target", text: channel.target }),
      make("button", { type: "button", class: "quiet", text: "Test", "aria-label": "Send a test message to " + channel.target }),
      make("button", { type: "button", class: "remove", text: "×", "aria-label": "Remove " + channel.target }), say);
    const [test, remove] = row.querySelectorAll("button");
    test.addEventListener("click", () => work(row, say, async () =>
      (await H.send("/alerts/channels/test", channel)).new ? "On its way: see below." : "One was sent this minute."));
    remove.addEventListener("click", () => work(row, say, async () => { await H.send("/alerts/channels/remove", channel); return ""; }));
    return row;
  }

  let mine = null;

  function drawChannels(slot, staff) {
    const list = make("ul", {}, browserRow(), ...(mine ? mine.channels.map(channelRow) : []));
    const old = slot.querySelector("ul");
    if (old) { old.replaceWith(list); return; }
    slot.append(list);
    if (!staff) return;
    const mail = channelForm("email", "E-mail address", { type: "email", placeholder: "you@example.org" });
    if (mine && mine.email_refusal) {
      mail.querySelectorAll("input, button").forEach((node) => { node.disabled = true; });
      mail.querySelector("output").textContent = mine.email_refusal;
    }
    slot.append(mail, channelForm("webhook", "Webhook", { type: "url", placeholder: "https://example.org/hook" }));
  }

  function drawDeliveries() {
    if (!mine) return;
    for (const cell of document.querySelectorAll("[data-notice]")) {
      const states = mine.deliveries[cell.dataset.notice] || [];
      const text = JSON.stringify(states);
      if (cell.dataset.drawn === text) continue;
      cell.dataset.drawn = text;
      cell.replaceChildren(...(states.length ? states.map(stateLine) : ["this page"]));
    }
  }
  function stateLine(delivery) {
    return make("span", { class: "delivery is-" + delivery.state },
      make("b", { text: delivery.channel === "email" ? "e‑mail " : "webhook " }),
      make("span", { text: delivery.text + (delivery.error && delivery.state !== "sent" ? ": " + delivery.error : "") }),
      make("small", { text: delivery.target }));
  }

  async function refresh() {
    const { staff } = await H.staff();
    if (staff) mine = await H.send("/alerts/mine").catch(() => mine);
    const slot = document.getElementById("alert-channels");
    if (slot) drawChannels(slot, staff);
    drawDeliveries();
    H.ask("alerts");
  }

  async function dress() {
    const forms = document.getElementById("alert-forms");
    if (!forms || H.activePage() !== "alerts") return;
    prefill();
    if (forms.dataset.dressed) { drawDeliveries(); return; }
    forms.dataset.dressed = "1";
    const { staff } = await H.staff();
    html.classList.toggle("is-staff", staff);
    forms.append(...(staff ? JSON.parse(forms.dataset.kinds).map(ruleForm)
      : [make("p", { class: "absence", text: "Rules and channels are set by the staff of this site." })]));
    prefill();
    await refresh();
  }

  document.addEventListener("click", async function (event) {
    const button = event.target.closest && event.target.closest("[data-remove-rule]");
    if (!button) return;
    button.disabled = true;
    try {
      await H.send("/alerts/rules/remove", { id: button.dataset.removeRule });
      await refresh();
    } catch (error) {
      button.disabled = false;
      button.title = error.message;
    }
  });

  document.addEventListener("holdline-notices", function () { if (H.activePage() === "alerts") refresh(); });
  document.addEventListener("holdline-staff", function () {
    const forms = document.getElementById("alert-forms");
    if (!forms) return;
    delete forms.dataset.dressed;
    forms.replaceChildren();
    document.getElementById("alert-channels").replaceChildren();
    dress();
  });
  document.addEventListener("visibilitychange", function () { if (!document.hidden) poll(); });
  document.addEventListener("DOMContentLoaded", function () {
    timer = setTimeout(poll, 1500);
    // Dash draws the page, and paints its panels anew, when it likes to: looked at in passing.
    setInterval(function () { if (!document.hidden && html.querySelector("#page-alerts:not([hidden])")) dress(); }, 400);
    setInterval(function () { if (!document.hidden && mine && H.activePage() === "alerts") refresh(); }, 5000);
  });
})();
