/* The page to try the API: a form for each question, made from its description. */
import { byId, make } from "../core/dom.mjs";
import { addressOf, isSimulated, sentence, withIndent } from "./try_words.mjs";

const place = byId("try");
const chosen = /** @type {HTMLSelectElement} */ (byId("try-question"));
const fields = /** @type {HTMLElement} */ (byId("try-fields"));
const token = /** @type {HTMLInputElement} */ (byId("try-token"));
const form = /** @type {HTMLFormElement} */ (chosen.form);

/** @type {Record<string, any>} */
const operations = {};

/** What stands in the form, by parameter. */
function given() {
  const inputs = [...fields.querySelectorAll("[name]")];
  return inputs.map((one) => {
    const input = /** @type {HTMLInputElement} */ (one);
    return /** @type {[string, string]} */ ([input.name, input.value.trim()]);
  });
}

function address() {
  return addressOf(chosen.value, given());
}

function showAddress() {
  byId("try-address").textContent = location.origin + address();
}

/** The control of one parameter. @param {any} parameter */
function control(parameter) {
  const id = "try-of-" + parameter.name;
  const schema = parameter.schema;
  const choices = schema.type === "boolean" ? ["true", "false"] : schema.enum;
  const usual = schema.default === undefined ? "" : String(schema.default);
  if (!choices) {
    const hint = usual || (parameter.example === undefined ? "" : "such as " + parameter.example);
    const value = parameter.required ? String(parameter.example || "") : "";
    return make("input", {
      id,
      name: parameter.name,
      placeholder: hint,
      value,
      spellcheck: "false",
    });
  }
  const first = make("option", { value: "", text: usual ? usual + " (default)" : "any" });
  const rest = choices
    .map(String)
    .filter((one) => one !== usual)
    .map((one) => make("option", { value: one, text: one }));
  return make("select", { id, name: parameter.name }, first, ...rest);
}

/** @param {any} parameter */
function field(parameter) {
  const label = make("label", { for: "try-of-" + parameter.name, text: parameter.name });
  const about = make("p", { class: "account-note", text: parameter.description || "" });
  return make("div", { class: "try-field" }, label, control(parameter), about);
}

function showForm() {
  const operation = operations[chosen.value];
  byId("try-about").textContent = sentence(operation.summary);
  fields.replaceChildren(...operation.parameters.map(field));
  byId("try-status").textContent = "";
  byId("try-answer").hidden = true;
  showAddress();
}

async function ask() {
  const status = byId("try-status");
  const answer = byId("try-answer");
  status.textContent = "Asking…";
  const headers = token.value ? { Authorization: "Bearer " + token.value.trim() } : {};
  const begun = performance.now();
  try {
    const reply = await fetch(address(), { headers });
    const text = await reply.text();
    const words = [reply.status + " " + reply.statusText];
    words.push(Math.round(performance.now() - begun) + " ms");
    words.push((text.length / 1000).toFixed(1) + " kB");
    if (isSimulated(text)) words.push("SIMULATED - not market prices");
    const limit = reply.headers.get("RateLimit");
    if (limit) words.push("RateLimit " + limit);
    status.textContent = words.join(", ");
    answer.textContent = withIndent(text);
    answer.hidden = false;
  } catch {
    status.textContent = "The server could not be reached.";
  }
}

/** @param {string} name */
function choose(name) {
  if (!operations[name]) return;
  chosen.value = name;
  showForm();
}

async function begin() {
  const reply = await fetch("/api/v1/openapi.json");
  if (!reply.ok) return; // the list below stands without the form
  const described = await reply.json();
  for (const [path, methods] of Object.entries(described.paths)) {
    if (methods.get.parameters) operations[path.slice("/api/v1/".length)] = methods.get;
  }
  chosen.replaceChildren(
    ...Object.keys(operations).map((name) => make("option", { value: name, text: name })),
  );
  place.hidden = false;
  choose(decodeURIComponent(location.hash.slice(1)) || chosen.value);
  if (!fields.firstChild) showForm();
}

chosen.addEventListener("change", showForm);
fields.addEventListener("input", showAddress);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void ask();
});
byId("try-copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(location.origin + address());
  byId("try-status").textContent = "The address is copied.";
});
document.addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest("[data-question]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !chosen.length) return;
  event.preventDefault();
  choose(/** @type {HTMLElement} */ (link).dataset.question || "");
  place.scrollIntoView();
  chosen.focus();
});
void begin();
