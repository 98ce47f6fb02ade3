/* The simulated market's clock in its banner: the time of the newest snapshot, run on between two. */
import { byId, within, write } from "../core/dom.mjs";
import { newYork } from "../core/format.mjs";
import { send } from "../core/http.mjs";
import { beat, ticked } from "../core/live.mjs";
import { standing } from "../core/staff.mjs";

const DRAW_MS = 250;
const TIME = { weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" };
const clock = newYork(/** @type {Intl.DateTimeFormatOptions} */ (TIME));
let shown = 0;
let speed = 0;
let since = 0;

function draw() {
  const node = byId("play-time");
  if (node && shown) write(node, clock.format(new Date(shown + speed * (Date.now() - since))));
}

ticked.on((snapshot) => {
  if (snapshot.speed === null) return;
  shown = Date.parse(snapshot.at);
  speed = snapshot.phase === "closed" ? 0 : snapshot.speed;
  since = Date.now();
  draw();
  const again = byId("play-again");
  if (again) again.hidden = snapshot.phase !== "closed";
});

document.addEventListener("click", async (event) => {
  if (!within(event, "#play-again")) return;
  await send("/live/clock", { again: true }).catch(() => {}); // a lost connection is said by the strip
  beat();
});

/* On a site the clock is the same for all viewers, and staff's. */
standing().then(({ accounts, staff }) => {
  document.documentElement.classList.toggle("clock-is-staffs", accounts && !staff);
});

setInterval(() => {
  if (!document.hidden && speed) draw();
}, DRAW_MS);
