/* Quiet hours of the alerts page: messages wait until they end, by the clock of one's own place. */
import { make } from "../core/dom.mjs";
import { send } from "../core/http.mjs";
import { input, work } from "./alert_forms.mjs";
import { quietHours } from "./quiet_hours.mjs";

const PATH = "/own/preferences";

const here = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "America/New_York";

/** Once a page: the form, with what stands. @param {HTMLElement} slot */
export async function drawPreferences(slot) {
  if (slot.dataset.quiet) return;
  slot.dataset.quiet = "1";
  const say = make("output", { class: "form-says", "aria-live": "polite" });
  const { value } = await send(PATH).catch(() => ({ value: {} }));
  const [begins, ends] = value.quiet && value.quiet.length ? value.quiet : ["", ""];
  const from = time("Quiet from", begins),
    until = time("Quiet until", ends);
  const zone = input("zone", "Time zone", {
    type: "text",
    class: "field",
    maxlength: "64",
    value: value.zone || here(),
  });
  const form = make(
    "form",
    { class: "sentence", "data-form": "quiet" },
    make("span", { text: "Quiet from" }),
    from,
    make("span", { text: "to" }),
    until,
    zone,
    make("button", { type: "submit", class: "quiet", text: "Save" }),
    say,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    work(form, say, async () => {
      const quiet = quietHours(from.value, until.value);
      const { version } = await send(PATH);
      await send(PATH, { version, value: { zone: zone.value.trim(), quiet } }, "PUT");
      return quiet.length
        ? "Messages wait in these hours; the list above does not."
        : "Saved: there are no quiet hours.";
    });
  });
  slot.append(form);
}

function time(label, value) {
  const field = input("time", label, { type: "time", class: "field short", value });
  field.required = false;
  return field;
}
