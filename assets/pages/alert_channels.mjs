/* Channels of the alerts page: where alerts go, confirmed by a code, tested and removed. */
import { find, make } from "../core/dom.mjs";
import { send } from "../core/http.mjs";
import { mayNotify, wantNotifications } from "../frame/toasts.mjs";
import { channelForm, input, work } from "./alert_forms.mjs";
import { endHere, isHere, pushRow } from "./alert_push.mjs";

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

function removes(button, row, say, channel) {
  const { kind, target } = channel;
  button.addEventListener("click", () =>
    work(row, say, async () => {
      await send("/alerts/channels/remove", { kind, target });
      if (isHere(channel)) await endHere();
      return "";
    }),
  );
}

const NAMES = {
  email: "E‑mail",
  webhook: "Webhook",
  telegram: "Telegram",
  discord: "Discord",
  slack: "Slack",
  ntfy: "ntfy",
  push: "Browser",
};
const called = (channel) =>
  (channel.called || channel.target) + (isHere(channel) ? " (this one)" : "");
export const nameOf = (kind) => NAMES[kind] || kind;

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

const isTypingCode = () => document.activeElement.matches("[name=code]");

/** @param {HTMLElement} slot @param {any} mine what /alerts/mine says, null for a stranger */
export function drawChannels(slot, mine) {
  const old = slot.querySelector("ul");
  if (old && old.contains(document.activeElement) && isTypingCode()) return;
  const list = make(
    "ul",
    {},
    browserRow(),
    mine ? pushRow(mine) : null,
    ...(mine ? mine.channels.map(channelRow) : []),
  );
  if (old) {
    old.replaceWith(list);
    return;
  }
  slot.append(list);
  if (!mine) return;
  const mail = channelForm("email", "E-mail address", {
    type: "email",
    placeholder: "you@example.org",
  });
  if (mine.email_refusal) {
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
