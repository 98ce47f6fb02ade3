/* Sharing a panel: its picture as a file or in the clipboard, and a link that opens it. */
import { find, make, saveAs, within } from "../core/dom.mjs";
import { newYork } from "../core/format.mjs";
import { liveSnapshot } from "../core/live.mjs";
import { isPast } from "../core/page.mjs";
import { payloadOf } from "../core/panels.mjs";
import { address, routed } from "../core/router.mjs";
import { say } from "../core/say.mjs";
import { captionOf, fileName, linkOf, momentOf } from "./share_words.mjs";

const ITEMS = [
  ["link", "Copy link"],
  ["copy", "Copy picture"],
  ["save", "Save picture (PNG)"],
];
const LOADING = { title: "", subtitle: "", simulated: false };
const EDGE_PX = 8;

let asOf = "";
/** @type {any} */
let menu = null;
/** @type {any} */
let panel = null; // whose menu is open

const day = newYork({}, "en-CA");
const clock = newYork({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const minuteIn = (at) => day.format(at) + "T" + clock.format(at);

const moment = () => momentOf(asOf, isPast() ? null : liveSnapshot(), minuteIn);
const linkTo = (shared) => linkOf(location.origin + address(), shared.id, moment());

async function picture(shared) {
  const { pictureOf } = await import("./picture.mjs");
  const payload = payloadOf(shared.dataset.panel) || LOADING;
  const says = find(".sub", shared).getClientRects().length > 0; // what it rests on, in its head
  return pictureOf(shared, captionOf(payload, linkTo(shared), says));
}

const ACTS = {
  async link(shared) {
    await navigator.clipboard.writeText(linkTo(shared));
    return "The link to this panel is in the clipboard.";
  },
  async copy(shared) {
    // the clipboard wants to be asked at once, and takes a picture that is still to come
    const item = new ClipboardItem({ "image/png": picture(shared) });
    await navigator.clipboard.write([item]);
    return "The picture is in the clipboard.";
  },
  async save(shared) {
    saveAs(fileName(shared.dataset.panel, moment()), await picture(shared));
    return "The picture is saved.";
  },
};
const REFUSED = {
  link: "This browser does not let a page write into the clipboard: the address bar has the view.",
  copy: "This browser takes no picture into the clipboard: save it instead.",
  save: "This browser could not draw the picture.",
};

async function act(name, shared) {
  try {
    say(await ACTS[name](shared));
  } catch {
    say(REFUSED[name]);
  }
}

function build() {
  menu = make("div", { class: "share-menu", popover: "auto", "aria-label": "Share this panel" });
  menu.setAttribute("role", "group");
  for (const [name, text] of ITEMS) {
    menu.append(make("button", { type: "button", "data-share": name, text }));
  }
}

function open(button) {
  if (!menu) build();
  panel = button.closest("[data-panel]");
  (document.fullscreenElement || find("dialog[open]") || document.body).append(menu);
  menu.showPopover();
  const at = button.getBoundingClientRect();
  const [width, height] = [menu.offsetWidth, menu.offsetHeight];
  const fits = at.bottom + height + EDGE_PX < window.innerHeight;
  menu.style.left = Math.max(EDGE_PX, at.right - width) + "px";
  menu.style.top = (fits ? at.bottom + 4 : at.top - height - 4) + "px";
  menu.firstChild.focus();
}

document.addEventListener("click", (event) => {
  const button = within(event, "[data-action=share]");
  if (button) open(button);
  const item = within(event, "[data-share]");
  if (!item) return;
  menu.hidePopover();
  act(item.dataset.share, panel);
});
routed.on((route) => {
  asOf = route.as_of;
});
