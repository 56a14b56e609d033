// Sends a ticked warning sign at once: the phone may die before the page is sent. Nothing needs this
// script. The form's own key makes what is sent later the same report.
"use strict";
(() => {
  const form = document.querySelector("form[data-tick]");
  if (!form) return;
  const calm = new Set(["none", "unsure"]);

  const advice = document.getElementById("call-now");
  const says = document.createElement("div");
  says.setAttribute("role", "alert");
  form.querySelector(".nhsuk-checkboxes").after(says);

  // Under the sign that was ticked, at once; it stays when the tick is taken back.
  function callNow(box) {
    if (says.firstChild) return;
    box.closest(".nhsuk-checkboxes__item").after(says);
    // A moment later: readers announce what comes into an alert that stands there already.
    setTimeout(() => says.replaceChildren(advice.content.cloneNode(true)), 50);
  }

  function kept() {
    setTimeout(() => {
      const line = says.querySelector("[data-kept]");
      if (line) line.hidden = false;
    }, 100);
  }

  function send(data) {
    // keepalive: it arrives even if the page is closed in this very moment.
    fetch(form.dataset.tick, { method: "POST", body: data, keepalive: true }).then((answer) => {
      if (answer.status === 201) kept();
    }).catch(() => {
      if (navigator.sendBeacon) navigator.sendBeacon(form.dataset.tick, data);
    });
  }

  form.addEventListener("change", (event) => {
    const box = event.target;
    if (box.name !== "flags" || calm.has(box.value)) return;
    const data = new FormData(form);
    if (box.checked) callNow(box);
    else data.set("unticked", box.value);
    send(data);
  });
})();
