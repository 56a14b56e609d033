// Keeps "52 min left" true while a page stays open, and opens what paper cannot. Nothing needs
// this script.
"use strict";
(() => {
  const served = document.querySelector("[data-now]");
  // The server's clock counts; this computer's may be wrong.
  const ahead = served ? Date.now() - Date.parse(served.dataset.now) : 0;

  function span(ms) {
    const minutes = Math.floor(ms / 60000);
    if (minutes < 60) return `${minutes} min`;
    if (minutes < 1440) {
      const rest = minutes % 60;
      return `${Math.floor(minutes / 60)} h${rest ? ` ${rest} min` : ""}`;
    }
    const days = Math.floor(minutes / 1440);
    return `${days} day${days === 1 ? "" : "s"}`;
  }

  function tick() {
    const now = Date.now() - ahead;
    for (const clock of document.querySelectorAll("[data-due]")) {
      const left = Date.parse(clock.getAttribute("datetime")) - now;
      if (left >= 7200000) continue; // a time of day stands there
      clock.textContent = left < 0 ? `${span(-left)} late` : `${span(left)} left`;
      clock.classList.toggle("late", left < 0);
    }
  }

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details.reason:not([open]), details.why-more:not([open])")];
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
  });

  tick();
  setInterval(tick, 15000);
  document.addEventListener("desk:tick", tick); // lines came in
})();
