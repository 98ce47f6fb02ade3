/* The simulated market's clock in its banner: the time of the newest snapshot, run on between two. */
(function () {
  "use strict";
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone: "America/New_York", weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  let shown = 0, speed = 0, since = 0;

  function draw() {
    const node = document.getElementById("play-time");
    if (!node || !shown) return;
    const text = clock.format(new Date(shown + speed * (Date.now() - since)));
    if (node.textContent !== text) node.textContent = text;
  }

  document.addEventListener("holdline-live", function (event) {
    const snapshot = event.detail;
    if (snapshot.speed === null) return;
    shown = Date.parse(snapshot.at);
    speed = snapshot.phase === "closed" ? 0 : snapshot.speed;
    since = Date.now();
    draw();
    const again = document.getElementById("play-again");
    if (again) again.hidden = snapshot.phase !== "closed";
  });

  document.addEventListener("click", async function (event) {
    const button = event.target.closest && event.target.closest("#play-again");
    if (!button) return;
    await fetch("/live/clock", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ again: true }),
    }).catch(() => {});   // a lost connection is said by the strip
    window.holdline.live.beat();
  });

  setInterval(function () { if (!document.hidden && speed) draw(); }, 250);
})();
