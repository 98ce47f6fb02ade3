/* Service worker: shows the alerts that a browser is sent while no page of it is open. It answers no
   request and stores nothing. Served at /worker.js, so that it may open any page of this site. */

/** @type {any} a ServiceWorkerGlobalScope */
const worker = self;

/** What is shown of a push message, which this server alone can have encrypted.
 * @param {any} data
 */
function said(data) {
  try {
    const { kind, title, text, link, tag } = data.json();
    return { kind, title: String(title), text: String(text), link: String(link), tag: String(tag) };
  } catch {
    return { kind: "", title: "Holdline", text: "An alert has come.", link: "/alerts", tag: "" };
  }
}

/** The address of a view, on this site whatever was sent. @param {string} link */
function onThisSite(link) {
  const found = new URL(link, worker.location.origin);
  return found.origin === worker.location.origin ? found.href : worker.location.origin + "/alerts";
}

async function shown(message) {
  await worker.registration.showNotification(message.title, {
    body: message.text,
    tag: message.tag,
    icon: "/assets/favicon.svg",
    data: onThisSite(message.link),
  });
  if (message.kind !== "confirm") return;
  for (const page of await worker.clients.matchAll({ type: "window" })) page.postMessage(message);
}

async function opened(address) {
  const pages = await worker.clients.matchAll({ type: "window" });
  const there = pages.find((page) => page.url === address);
  return there ? there.focus() : worker.clients.openWindow(address);
}

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("push", (event) => event.waitUntil(shown(said(event.data))));
worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(opened(event.notification.data));
});
