/* Forms of the alerts page: a rule or a channel as a sentence to fill in. */
import { make } from "../core/dom.mjs";
import { withDays } from "../core/format.mjs";
import { send } from "../core/http.mjs";
import { Signal } from "../core/page.mjs";

/** Raised when something was changed. @type {Signal<void>} */
export const worked = new Signal();

function select(name, label, options, chosen) {
  const box = make("select", { name: name, "aria-label": label });
  for (const [value, text] of options)
    box.append(make("option", { value: value, text: text, selected: value === chosen }));
  return box;
}
export function input(name, label, attributes) {
  return make(
    "input",
    Object.assign(
      { name: name, "aria-label": label, autocomplete: "off", required: true },
      attributes,
    ),
  );
}

const DAY = /\d{4}-\d{2}-\d{2}/; // of a VWAP anchored at a day of one's own

/* Choose a value, or the choice of such a value with a day in it, where there is one. */
function choose(box, value) {
  for (const wanted of [value, value.replace(DAY, "{day}")]) {
    if (![...box.options].some((option) => option.value === wanted)) continue;
    box.value = wanted;
    box.dispatchEvent(new Event("change"));
    return;
  }
}

/* The form of an alert kind is data: see analytics/alerts/form.py. Each control is a node, `value`
   for the JSON field it sends (undefined sends none), and `fill` to show such a field. */
const CONTROLS = {
  text: (c) => ({ node: make("span", { text: shown(c.text) }) }),
  symbol: (c) => {
    const node = input(c.name, c.label, {
      type: "text",
      class: "field short",
      maxlength: "40",
      spellcheck: "false",
    });
    node.dataset.symbol = "";
    return { node, value: () => node.value, fill: (value) => (node.value = value) };
  },
  choice: (c) => {
    const node = select(
      c.name,
      c.label,
      c.options.map(([value, text]) => [String(value), shown(text)]),
      String(c.value),
    );
    return {
      node,
      value: () => c.options.find(([value]) => String(value) === node.value)[0],
      fill: (value) => choose(node, String(value)),
    };
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
    return {
      node,
      value: () => (node.disabled ? undefined : Number(node.value)),
      fill: (value) => (node.value = value === null ? "" : String(value)),
    };
  },
  day: (c) => {
    const node = input(c.name, c.label, { type: "date", class: "field day" });
    return {
      node,
      value: () => (node.disabled ? undefined : c.text.replace("{day}", node.value)),
      fill: (value) => (node.value = (DAY.exec(String(value)) || [""])[0]),
    };
  },
  tick: (c) => {
    const box = make("input", { type: "checkbox", name: c.name });
    return {
      node: make("label", { class: "tick" }, box, shown(c.label)),
      value: () => box.checked,
      fill: (value) => (box.checked = value === true),
    };
  },
};
function shown(text) {
  return text.replace(/-DMA/g, "‑DMA");
}

/* Instead of a symbol a rule may be on all of a watchlist of the account's. */
function listSelect(made, lists, offer) {
  const symbol = made.find((one) => one.about.control === "symbol");
  if (!symbol || !lists.length) return null;
  const options = lists.map(({ name }) => [name, "each symbol of " + name]);
  const box = select("watchlist", "On", [["", "the symbol"], ...options], "");
  if (offer) {
    for (const option of [...box.options].slice(1)) {
      option.disabled = true;
      option.text += " (PRO)";
    }
    box.title = offer;
  }
  box.addEventListener("change", () => {
    symbol.node.hidden = symbol.node.disabled = box.value !== "";
  });
  return box;
}

/** @param {any} kind what the page says of an alert kind
    @param {import("./watchlist_names.mjs").NamedList[]} lists
    @param {boolean} pro whether the viewer's plan has what PRO has */
export function ruleForm(kind, lists, pro) {
  const made = kind.controls.map((c) => Object.assign({ about: c }, CONTROLS[c.control](c)));
  const on = listSelect(made, lists, pro ? "" : kind.lists);
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
  const rule = () => {
    const fields = made
      .filter((one) => one.about.name && !(on && on.value && one.about.name === "symbol"))
      .map((one) => [one.about.name, one.value()]);
    return Object.fromEntries([
      ["kind", kind.kind],
      ...(on && on.value ? [["watchlist", on.value]] : []),
      ...fields.filter(([, value]) => value !== undefined),
    ]);
  };
  const parts = [...(on ? [on] : []), ...made.map((one) => one.node)];
  const form = sentence(kind.kind, parts, () => setRule(form, rule()));
  const fill = (fields) => {
    if (on) {
      if (fields.watchlist) offerList(on, fields.watchlist);
      choose(on, fields.watchlist || "");
    }
    for (const one of made) if (one.about.name in fields) one.fill(fields[one.about.name]);
  };
  fillers.set(form, fill);
  if (kind.offer && !pro) offerInstead(form, kind.offer);
  return form;
}

function offerList(box, name) {
  if ([...box.options].some((option) => option.value === name)) return;
  box.append(make("option", { value: name, text: "each symbol of " + name }));
}

/** Raised when an edit is given up; the rule's id. @type {Signal<string>} */
export const cancelled = new Signal();

/** @type {WeakMap<HTMLFormElement, (fields: any) => void>} */
const fillers = new WeakMap();

/** Have a form show a rule that is set, and save it in its place.
    @param {any} form
    @param {{id: string, fields: any}} rule
    @param {string} words the rule in words */
export function editIn(form, rule, words) {
  fillers.get(form)(rule.fields);
  form.dataset.edits = rule.id;
  form.querySelector("[type=submit]").textContent = "Save";
  if (!form.querySelector("[data-cancel]")) form.querySelector("[type=submit]").after(cancel(form));
  const say = form.querySelector("output");
  say.classList.remove("is-error");
  say.textContent = withDays("You are editing: " + words + ".");
  form.scrollIntoView({ block: "center" });
  form.querySelector("input:not(:disabled), select:not(:disabled)").focus();
}

function cancel(form) {
  const button = make("button", {
    type: "button",
    class: "quiet",
    text: "Cancel",
    "data-cancel": "",
  });
  button.addEventListener("click", () => giveUp(form));
  return button;
}

function giveUp(form) {
  const { edits } = form.dataset;
  form.querySelector("output").textContent = "";
  endEdit(form);
  cancelled.send(edits);
}

/** Edit a rule no longer that has been removed. @param {Iterable<any>} forms @param {string} id */
export function leaveRemoved(forms, id) {
  [...forms].filter((form) => form.dataset.edits === id).forEach(giveUp);
}

function endEdit(form) {
  delete form.dataset.edits;
  form.querySelector("[type=submit]").textContent = "Add";
  form.querySelector("[data-cancel]").remove();
}

/* Add a rule, or save it in place of the one that is edited: what is said of it. */
async function setRule(form, rule) {
  const { edits } = form.dataset;
  if (!edits) {
    const reply = await send("/alerts/rules", rule);
    if (reply.new) return "Added: " + reply.words + ".";
    return (
      "That rule is set already" + (reply.paused ? ", and paused: " : ": ") + reply.words + "."
    );
  }
  const reply = await send("/alerts/rules/edit", { id: edits, rule });
  endEdit(form);
  return "Saved: " + reply.words + "." + (reply.paused ? " It is still paused." : "");
}

/* What the form would set is of a better plan. */
function offerInstead(form, words) {
  form.querySelectorAll("input, select, button").forEach((node) => {
    node.disabled = true;
  });
  const link = make("a", { href: "/account", text: "See the plans" });
  form.querySelector("output").append(words + " ", link);
}

/* A form as a sentence; `run` does what it asks for, and gives what is said of it. */
function sentence(key, parts, run) {
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
    await work(form, say, () => run(form));
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && form.dataset.edits) giveUp(form);
  });
  return form;
}

export async function work(scope, say, run) {
  const buttons = [...scope.querySelectorAll("button")];
  const at = document.activeElement;
  buttons.forEach((button) => {
    button.disabled = true;
  });
  say.classList.remove("is-error");
  say.textContent = "";
  try {
    say.textContent = withDays(await run());
    worked.send();
  } catch (error) {
    say.classList.add("is-error");
    say.textContent = withDays(error.message);
  } finally {
    buttons.forEach((button) => {
      button.disabled = false;
    });
    // a button loses the keys while it is disabled
    if (at instanceof HTMLElement && scope.contains(at) && document.activeElement === document.body)
      at.focus({ preventScroll: true });
  }
}

export function channelForm(kind, label, attributes) {
  const target = input(
    "target",
    label,
    Object.assign({ class: "field wide", maxlength: "400" }, attributes),
  );
  return sentence(kind, [target], async () => {
    const reply = await send("/alerts/channels", { kind: kind, target: target.value });
    if (!reply.waits) return "Added: " + reply.target + ".";
    const byLink = reply.kind === "email" ? ", or open the link in the mail." : ".";
    return "A code was sent to " + reply.target + ": type it above" + byLink;
  });
}
