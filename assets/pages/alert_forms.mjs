/* Forms of the alerts page: a rule or a channel as a sentence to fill in. */
import { make } from "../core/dom.mjs";
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

/* The form of an alert kind is data: see analytics/alerts/form.py. Each control is a node, and `value`
   for the JSON field it sends; undefined sends none. */
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
  day: (c) => {
    const node = input(c.name, c.label, { type: "date", class: "field day" });
    return { node, value: () => (node.disabled ? undefined : c.text.replace("{day}", node.value)) };
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
  const form = sentence(kind.kind, [...(on ? [on] : []), ...made.map((one) => one.node)], {
    path: "/alerts/rules",
    body: () => {
      const fields = made
        .filter((one) => one.about.name && !(on && on.value && one.about.name === "symbol"))
        .map((one) => [one.about.name, one.value()]);
      return Object.fromEntries([
        ["kind", kind.kind],
        ...(on && on.value ? [["watchlist", on.value]] : []),
        ...fields.filter(([, value]) => value !== undefined),
      ]);
    },
  });
  if (kind.offer && !pro) offerInstead(form, kind.offer);
  return form;
}

/* What the form would set is of a better plan. */
function offerInstead(form, words) {
  form.querySelectorAll("input, select, button").forEach((node) => {
    node.disabled = true;
  });
  const link = make("a", { href: "/account", text: "See the plans" });
  form.querySelector("output").append(words + " ", link);
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
      if (reply.waits) {
        const byLink = reply.kind === "email" ? ", or open the link in the mail." : ".";
        return "A code was sent to " + reply.target + ": type it above" + byLink;
      }
      return reply.words ? "Added: " + reply.words + "." : "Added: " + reply.target + ".";
    });
  });
  return form;
}

export async function work(scope, say, run) {
  const buttons = [...scope.querySelectorAll("button")];
  buttons.forEach((button) => {
    button.disabled = true;
  });
  say.classList.remove("is-error");
  say.textContent = "";
  try {
    say.textContent = await run();
    worked.send();
  } catch (error) {
    say.classList.add("is-error");
    say.textContent = error.message;
  } finally {
    buttons.forEach((button) => {
      button.disabled = false;
    });
  }
}

export function channelForm(kind, label, attributes) {
  return sentence(
    kind,
    [input("target", label, Object.assign({ class: "field wide", maxlength: "400" }, attributes))],
    { path: "/alerts/channels", body: (form) => ({ kind: kind, target: form.get("target") }) },
  );
}
