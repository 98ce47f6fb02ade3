/* The staff's desk of the model portfolio: draft, look at the effect, publish, import, export. */
import { byId, element } from "../core/dom.mjs";
import { send } from "../core/http.mjs";
import { pulseSoon } from "../core/questions.mjs";
import { routed } from "../core/router.mjs";
import { standing } from "../core/staff.mjs";
import { dayIn, holdsDay, showDay } from "../frame/dates.mjs";

const KINDS = [
  ["hold", "Hold allocations", []],
  ["buy", "Buy", ["symbol", "shares"]],
  ["sell", "Sell", ["symbol", "shares"]],
  ["weights", "Set target weights", ["weights"]],
  ["convert", "Acquired, delisted or renamed", ["symbol", "cash", "into", "ratio"]],
  ["spin-off", "Spin-off", ["symbol", "into", "ratio"]],
  ["deposit", "Deposit", ["amount"]],
  ["withdraw", "Withdraw", ["amount"]],
];
const TERMS = ["symbol", "shares", "amount", "weights", "cash", "into", "ratio"];
let desk = null,
  parts = null,
  newest = 0,
  staff = null;

function field(name, label, tag, className, hint) {
  const holder = element("label", label, className || "");
  const input = element(tag);
  input.name = name;
  if (tag === "input") input.type = "text";
  if (hint) input.placeholder = hint;
  input.autocomplete = "off";
  holder.append(input);
  parts[name] = { holder, input };
  return holder;
}

function button(text, action, className) {
  const made = element("button", text, className);
  made.type = "button";
  made.addEventListener("click", () => attempt(action, made));
  return made;
}

function tell(text, failed) {
  parts.said.textContent = text;
  parts.said.classList.toggle("is-error", Boolean(failed));
}

async function attempt(action, pressed) {
  pressed.disabled = true;
  tell("");
  try {
    await action();
  } catch (error) {
    tell(error.message, true);
  }
  pressed.disabled = false;
}

function wanted() {
  const kind = parts.kind.input.value;
  const body = { kind, effective: dayIn(parts.effective.input), reason: parts.reason.input.value };
  for (const name of KINDS.find((one) => one[0] === kind)[2]) body[name] = parts[name].input.value;
  return body;
}

function fit() {
  const shown = KINDS.find((one) => one[0] === parts.kind.input.value)[2];
  for (const name of TERMS) parts[name].holder.hidden = !shown.includes(name);
}

const percent = (value) => (value === null ? "–" : value.toFixed(1).replace("-", "−") + "%");

function showEffect(effect) {
  const table = element("table", undefined, "table");
  const head = element("tr");
  for (const text of ["", "Before", "After"]) head.append(element("th", text, "num"));
  table.append(element("caption", "Weights before and after", "sr-only"), head);
  const row = (name, before, after) => {
    const line = element("tr");
    const th = element("th", name);
    th.scope = "row";
    line.append(th, element("td", percent(before)), element("td", percent(after)));
    table.append(line);
  };
  for (const one of effect.rows) row(one.name, one.before, one.after);
  for (const one of effect.falls) row("Fall to the " + one.level, one.before, one.after);
  parts.effect.replaceChildren(
    element("h3", effect.said + ": the effect at the newest prices of " + effect.session),
    table,
    ...(effect.contains ? [element("p", "The whole " + effect.contains + ".")] : []),
  );
}

function draw(state) {
  newest = state.newest;
  parts.drafts.replaceChildren(...state.drafts.map(draftLine));
  parts.none.hidden = state.drafts.length > 0;
  parts.history.hidden = newest > 0 || !state.drafts.length;
}

function draftLine(draft) {
  const line = element("li");
  const acts = element("span", undefined, "staff-acts");
  acts.append(
    button("Publish", () => publish(draft)),
    button("Discard", async () => {
      draw(await send("/portfolio/discard", { id: draft.id }));
      tell("Draft discarded.");
    }),
  );
  line.append(
    element("span", draft.effective),
    element("b", draft.said),
    acts,
    element("small", draft.reason),
  );
  return line;
}

async function publish(draft) {
  if (
    !window.confirm(
      'Publish "' +
        draft.said +
        '" for the close of ' +
        draft.effective +
        "? Every subscriber is told, and it can never be altered.",
    )
  )
    return;
  const reply = await send("/portfolio/publish", { id: draft.id, after: newest }).catch(
    async (error) => {
      draw(await send("/portfolio/desk"));
      throw error;
    },
  );
  draw(reply);
  parts.effect.replaceChildren();
  tell("Published as change " + reply.number + ": " + reply.said + ".");
  pulseSoon();
}

async function save() {
  const reply = await send("/portfolio/draft", wanted());
  draw(reply);
  parts.reason.input.value = "";
  tell("Draft saved: " + reply.draft.said + ". Nobody but staff sees it.");
}

function chooseFile() {
  const input = element("input");
  input.type = "file";
  input.accept = ".csv,text/csv";
  input.addEventListener("change", async () => {
    try {
      const reply = await send("/portfolio/import", { csv: await input.files[0].text() });
      draw(reply);
      tell(reply.drafted + " drafts made, " + reply.known + " lines were published already.");
    } catch (error) {
      tell(error.message, true);
    }
  });
  input.click();
}

async function publishHistory() {
  if (!window.confirm("Publish all drafts as the portfolio's past? Nobody is told.")) return;
  const reply = await send("/portfolio/publish-history", {});
  draw(reply);
  tell(reply.published + " changes published.");
}

function build() {
  parts = {};
  const form = element("form", undefined, "staff-form");
  const kind = field("kind", "Change", "select");
  for (const [value, text] of KINDS) {
    const option = element("option", text);
    option.value = value;
    parts.kind.input.append(option);
  }
  parts.kind.input.addEventListener("change", fit);
  const effective = field("effective", "At the close of", "input", "date-field");
  parts.effective.input.setAttribute("aria-label", "At the close of");
  holdsDay(parts.effective.input, () => {});
  form.append(
    kind,
    effective,
    field("symbol", "Symbol", "input"),
    field("shares", "Shares", "input"),
    field("amount", "Dollars", "input"),
    field("cash", "Cash, $ a share (0: written off)", "input"),
    field("into", "Into shares of", "input"),
    field("ratio", "Ratio: shares for one", "input", "", "0.5"),
    field(
      "weights",
      "Weights in % (what is not named is sold, the rest is cash)",
      "input",
      "wide",
      "NVDA 10, XLP 25.5",
    ),
    field("reason", "Reason", "textarea", "wide"),
    button("Preview", async () => showEffect(await send("/portfolio/preview", wanted()))),
    button("Save draft", save, "is-main"),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  parts.said = element("p", "", "staff-said");
  parts.said.setAttribute("role", "status");
  parts.effect = element("div", undefined, "staff-effect");
  parts.drafts = element("ul", undefined, "staff-drafts");
  parts.none = element("p", "No drafts. Drafts are seen by staff only.");
  parts.history = button("Publish all as history", publishHistory);
  const files = element("div", undefined, "staff-form");
  const out = element("a", "Export CSV");
  out.href = "/portfolio/changes.csv";
  out.download = "";
  files.append(button("Import CSV", chooseFile), out, parts.history);
  desk.replaceChildren(
    element("h2", "Edit (staff)"),
    form,
    parts.said,
    parts.effect,
    element("h3", "Drafts"),
    parts.none,
    parts.drafts,
    files,
  );
  fit();
}

/* The form comes with the desk's answer: a draft saved before it would be without its date. */
async function show(reply) {
  if (reply.staff === staff) return;
  staff = reply.staff;
  desk.hidden = !reply.staff;
  if (!reply.staff) return;
  const place = desk;
  const [state, failed] = await send("/portfolio/desk").then(
    (found) => [found, null],
    (error) => [null, error],
  );
  if (desk !== place) return;
  build();
  if (failed) {
    tell(failed.message, true);
    return;
  }
  showDay(parts.effective.input, state.today);
  draw(state);
}

routed.on(({ page }) => {
  if (!page || page.key !== "portfolio") return;
  const found = byId("portfolio-desk");
  if (!found || found === desk) return;
  desk = found;
  staff = null;
  standing().then(show);
});
