/* The alerts page: sentences to fill in, channels, and what became of each message. */
import { byId, find, findAll, make, within } from "../core/dom.mjs";
import { send } from "../core/http.mjs";
import { painted } from "../core/panels.mjs";
import { ask } from "../core/questions.mjs";
import { activePage, routed } from "../core/router.mjs";
import { hasOwn, signInAddress, standing, whyNot } from "../core/staff.mjs";
import { mayNotify, notified, wantNotifications } from "../frame/toasts.mjs";

const html = document.documentElement;
const PAGE = "alerts";
const REFRESH_MS = 5000;

function select(name, label, options, chosen) {
  const box = make("select", { name: name, "aria-label": label });
  for (const [value, text] of options)
    box.append(make("option", { value: value, text: text, selected: value === chosen }));
  return box;
}
function input(name, label, attributes) {
  return make(
    "input",
    Object.assign(
      { name: name, "aria-label": label, autocomplete: "off", required: true },
      attributes,
    ),
  );
}

/* The form of an alert kind is data: see analytics/alerts/form.py. Each control is a node, and `value`
   for the JSON field it sends; undefined sends none. */
const CONTROLS = {
  text: (c) => ({ node: make("span", { text: shown(c.text) }) }),
  symbol: (c) => {
    const node = input(c.name, c.label, {
      type: "text",
      class: "field short",
      maxlength: "15",
      spellcheck: "false",
    });
    node.dataset.symbol = "";
    return { node, value: () => node.value };
  },
  choice: (c) => {
    const node = select(
      c.name,
      c.label,
      c.options.map(([value, text]) => [String(value), shown(text)]),
      String(c.value),
    );
    return { node, value: () => c.options.find(([value]) => String(value) === node.value)[0] };
  },
  number: (c) => {
    const node = input(c.name, c.label, {
      type: "number",
      class: "field " + (c.placeholder ? "short" : "tiny"),
      min: String(c.min),
      step: "any",
      placeholder: c.placeholder || "",
    });
    if (c.max !== null) node.max = String(c.max);
    if (c.value !== null) node.value = String(c.value);
    return { node, value: () => (node.disabled ? undefined : Number(node.value)) };
  },
  tick: (c) => {
    const box = make("input", { type: "checkbox", name: c.name });
    return {
      node: make("label", { class: "tick" }, box, shown(c.label)),
      value: () => box.checked,
    };
  },
};
function shown(text) {
  return text.replace(/-DMA/g, "‑DMA");
}

function ruleForm(kind) {
  const made = kind.controls.map((c) => Object.assign({ about: c }, CONTROLS[c.control](c)));
  const named = (name) => made.find((one) => one.about.name === name);
  for (const one of made.filter((other) => other.about.when)) {
    const [name, value] = one.about.when,
      choice = named(name);
    const follow = () => {
      one.node.hidden = one.node.disabled = choice.value() !== value;
    };
    choice.node.addEventListener("change", follow);
    follow();
  }
  return sentence(
    kind.kind,
    made.map((one) => one.node),
    {
      path: "/alerts/rules",
      body: () => {
        const fields = made
          .filter((one) => one.about.name)
          .map((one) => [one.about.name, one.value()]);
        return Object.fromEntries([
          ["kind", kind.kind],
          ...fields.filter(([, value]) => value !== undefined),
        ]);
      },
    },
  );
}

function sentence(key, parts, read) {
  const say = make("output", { class: "form-says", "aria-live": "polite" });
  const form = make(
    "form",
    { class: "sentence", "data-form": key, novalidate: false },
    ...parts,
    make("button", { type: "submit", class: "quiet", text: "Add" }),
    say,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await work(form, say, async () => {
      const reply = await send(read.path, read.body(new FormData(form)));
      if (reply.waits) return "A code was sent to " + reply.target + ": type it above.";
      return reply.words ? "Added: " + reply.words + "." : "Added: " + reply.target + ".";
    });
  });
  return form;
}

async function work(scope, say, run) {
  const buttons = [...scope.querySelectorAll("button")];
  buttons.forEach((button) => {
    button.disabled = true;
  });
  say.classList.remove("is-error");
  say.textContent = "";
  try {
    say.textContent = await run();
    await refresh();
  } catch (error) {
    say.classList.add("is-error");
    say.textContent = error.message;
  } finally {
    buttons.forEach((button) => {
      button.disabled = false;
    });
  }
}

function channelForm(kind, label, attributes) {
  return sentence(
    kind,
    [input("target", label, Object.assign({ class: "field wide", maxlength: "400" }, attributes))],
    { path: "/alerts/channels", body: (form) => ({ kind: kind, target: form.get("target") }) },
  );
}

let pricedBy = ""; // the address whose price stands in the form

/* The symbol and the level that the address names stand in the forms. */
function prefill() {
  const params = new URLSearchParams(location.search);
  const symbol = params.get("symbol") || "SPY",
    price = params.get("price"),
    level = price ? String(null) : params.get("level"); // a price is no moving average's
  for (const box of findAll("#alert-forms [data-symbol]")) {
    if (box !== document.activeElement) box.value = symbol;
  }
  for (const box of findAll("#alert-forms [name=sessions]")) {
    if (![...box.options].some((option) => option.value === level)) continue;
    box.value = level;
    box.dispatchEvent(new Event("change"));
  }
  const field = price && find("#alert-forms [name=level]");
  if (!field || pricedBy === location.search) return;
  pricedBy = location.search;
  field.value = price;
  field.form.scrollIntoView({ block: "center" });
}

function browserRow() {
  const row = make(
    "li",
    {},
    make("b", { text: "This page" }),
    make("span", { class: "target", text: "a toast on every open page" }),
  );
  if (!("Notification" in window)) return row;
  const on = mayNotify();
  const button = make("button", {
    type: "button",
    class: "quiet",
    "aria-pressed": String(on),
    text: on ? "Notifications are on" : "Notify when in the background",
  });
  button.addEventListener("click", async function () {
    await wantNotifications(!mayNotify());
    if (Notification.permission === "denied")
      button.textContent = "This browser refuses notifications";
    else drawBrowser();
  });
  row.append(button);
  return row;
}
function drawBrowser() {
  const row = find("#alert-channels li:first-child");
  if (row) row.replaceWith(browserRow());
}

/* A channel waits until the code that was sent there comes back. */
function waitingRow(channel) {
  const say = make("output", { class: "form-says", "aria-live": "polite" });
  const code = input("code", "The code sent to " + called(channel), {
    type: "text",
    class: "field short",
    inputmode: "numeric",
    maxlength: "8",
    placeholder: "Code",
  });
  const form = make(
    "form",
    { class: "sentence" },
    code,
    make("button", { type: "submit", class: "quiet", text: "Confirm" }),
  );
  const row = make(
    "li",
    { "data-waits": channel.target },
    make("b", { text: nameOf(channel.kind) }),
    make("span", { class: "target", text: called(channel) }),
    form,
    make("button", {
      type: "button",
      class: "remove",
      text: "×",
      "aria-label": "Remove " + called(channel),
    }),
    say,
  );
  const { kind, target } = channel;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    code.blur(); // the list is not redrawn while a code is typed
    work(row, say, async () => {
      await send("/alerts/channels/confirm", { kind, target, code: code.value });
      return "Confirmed.";
    });
  });
  removes(row.querySelector(".remove"), row, say, channel);
  return row;
}

function removes(button, row, say, { kind, target }) {
  button.addEventListener("click", () =>
    work(row, say, async () => {
      await send("/alerts/channels/remove", { kind, target });
      return "";
    }),
  );
}

const NAMES = {
  email: "E‑mail",
  webhook: "Webhook",
  push: "This browser",
  telegram: "Telegram",
  discord: "Discord",
  slack: "Slack",
  ntfy: "ntfy",
};
const called = (channel) => channel.called || channel.target;
const nameOf = (kind) => NAMES[kind] || kind;

function channelRow(channel) {
  if (channel.waits) return waitingRow(channel);
  const { kind, target, paused } = channel;
  const say = make("output", { class: "form-says", "aria-live": "polite" });
  const row = make(
    "li",
    {},
    make("b", { text: nameOf(kind) }),
    make("span", {
      class: "target",
      text: called(channel) + (paused ? ": paused, its messages did not arrive" : ""),
    }),
    make("button", {
      type: "button",
      class: "quiet",
      text: paused ? "Resume" : "Test",
      "aria-label": (paused ? "Send again to " : "Send a test message to ") + called(channel),
    }),
    make("button", {
      type: "button",
      class: "remove",
      text: "×",
      "aria-label": "Remove " + called(channel),
    }),
    say,
  );
  const [test, remove] = row.querySelectorAll("button");
  test.addEventListener("click", () =>
    work(row, say, async () => {
      if (paused) {
        await send("/alerts/channels/resume", { kind, target });
        return "In use again.";
      }
      const { new: isNew } = await send("/alerts/channels/test", { kind, target });
      return isNew ? "On its way: see below." : "One was sent this minute.";
    }),
  );
  removes(remove, row, say, channel);
  return row;
}

let mine = null;

const isTypingCode = () => document.activeElement.matches("[name=code]");

function drawChannels(slot, own) {
  const old = slot.querySelector("ul");
  if (old && old.contains(document.activeElement) && isTypingCode()) return;
  const list = make("ul", {}, browserRow(), ...(mine ? mine.channels.map(channelRow) : []));
  if (old) {
    old.replaceWith(list);
    return;
  }
  slot.append(list);
  if (!own) return;
  const mail = channelForm("email", "E-mail address", {
    type: "email",
    placeholder: "you@example.org",
  });
  if (mine && mine.email_refusal) {
    mail.querySelectorAll("input, button").forEach((node) => {
      node.disabled = true;
    });
    mail.querySelector("output").textContent = mine.email_refusal;
  }
  slot.append(
    mail,
    channelForm("webhook", "Webhook", { type: "url", placeholder: "https://example.org/hook" }),
    channelForm("chat", "Telegram, Discord, Slack or ntfy", {
      type: "text",
      spellcheck: "false",
      placeholder: "tgram://bot-token/chat-id, or ntfys://ntfy.sh/topic",
    }),
  );
}

function drawDeliveries() {
  if (!mine) return;
  for (const cell of findAll("[data-notice]")) {
    const states = mine.deliveries[cell.dataset.notice] || [];
    const text = JSON.stringify(states);
    if (cell.dataset.drawn === text) continue;
    cell.dataset.drawn = text;
    cell.replaceChildren(...(states.length ? states.map(stateLine) : ["this page"]));
  }
}
function stateLine(delivery) {
  return make(
    "span",
    { class: "delivery is-" + delivery.state },
    make("b", { text: nameOf(delivery.channel) + " " }),
    make("span", {
      text:
        delivery.text + (delivery.error && delivery.state !== "sent" ? ": " + delivery.error : ""),
    }),
    make("small", { text: delivery.target }),
  );
}

async function refresh() {
  const own = hasOwn(await standing());
  if (own) mine = await send("/alerts/mine").catch(() => mine);
  const slot = byId("alert-channels");
  if (slot) drawChannels(slot, own);
  drawDeliveries();
  ask(PAGE);
}

/* In place of the forms. */
function notOwn(who) {
  if (!who.accounts) return make("p", { class: "absence", text: whyNot(who) });
  const link = make("a", { href: signInAddress(), text: "Sign in" });
  return make("p", { class: "absence" }, link, " to set rules and channels of your own.");
}

async function dress() {
  const forms = byId("alert-forms");
  if (!forms || activePage() !== PAGE) return;
  prefill();
  if (forms.dataset.dressed) {
    drawDeliveries();
    return;
  }
  forms.dataset.dressed = "1";
  const who = await standing();
  html.classList.toggle("is-own", hasOwn(who));
  const offered = hasOwn(who) ? JSON.parse(forms.dataset.kinds).map(ruleForm) : [notOwn(who)];
  forms.append(...offered);
  prefill();
  await refresh();
}

document.addEventListener("click", async (event) => {
  const button = within(event, "[data-remove-rule]");
  if (!button) return;
  button.disabled = true;
  try {
    await send("/alerts/rules/remove", { id: button.dataset.removeRule });
    await refresh();
  } catch (error) {
    button.disabled = false;
    button.title = error.message;
  }
});

notified.on(() => {
  if (activePage() === PAGE) refresh();
});
routed.on(dress);
painted.on((key) => {
  if (key.startsWith(PAGE + "/")) dress();
});
setInterval(() => {
  if (!document.hidden && mine && activePage() === PAGE) refresh();
}, REFRESH_MS);
