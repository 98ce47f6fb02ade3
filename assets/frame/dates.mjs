/* Date fields: the browser's own picker, mirrored into the address that holds the state. */
import { element, find, findAll } from "../core/dom.mjs";
import { change, routed } from "../core/router.mjs";

const EARLIEST = "1990-01-02";
const TYPED_MS = 400;

function dateInput(label) {
  const input = element("input");
  input.type = "date";
  input.min = EARLIEST;
  input.setAttribute("aria-label", label);
  return input;
}

/**
 * Typing a year digit by digit passes through dates nobody meant: a date counts when it was
 * picked, or when Enter is pressed or the field is left.
 */
export function onCommit(input, commit) {
  let typed = 0;
  let pending = false;
  const run = () => {
    pending = false;
    const day = input.type === "date";
    if (!day || !input.value || (input.value >= input.min && input.value < "2100")) commit();
  };
  input.addEventListener("keydown", (event) => {
    typed = Date.now();
    if (event.key === "Enter" && pending) run();
  });
  input.addEventListener("change", () => {
    pending = true;
    if (Date.now() - typed > TYPED_MS) run();
  });
  input.addEventListener("blur", () => {
    if (pending) run();
  });
}

routed.on(({ page }) => {
  const params = new URLSearchParams(location.search);
  for (const field of findAll(".date-field")) {
    if (!page || field.dataset.page !== page.key) continue;
    let input = find("input", field);
    if (!input) {
      input = dateInput(field.dataset.label);
      field.append(input);
      onCommit(input, () => change({ [field.dataset.name]: input.value || null }));
    }
    input.value = params.get(field.dataset.name) || "";
  }
});
