// Sends a ticked warning sign at once: the phone may die before the page is sent. Nothing needs this
// script. The form's own key makes what is sent later the same report.
"use strict";
(() => {
  const form = document.querySelector("form[data-tick]");
  if (!form) return;
  const calm = new Set(["none", "unsure"]);

  function send(data) {
    // keepalive: it arrives even if the page is closed in this very moment.
    fetch(form.dataset.tick, { method: "POST", body: data, keepalive: true }).catch(() => {
      if (navigator.sendBeacon) navigator.sendBeacon(form.dataset.tick, data);
    });
  }

  form.addEventListener("change", (event) => {
    const box = event.target;
    if (box.name !== "flags" || calm.has(box.value)) return;
    const data = new FormData(form);
    if (!box.checked) data.set("unticked", box.value);
    send(data);
  });
})();
