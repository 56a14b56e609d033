// Keeps what is being typed into a form of a case, sealed on the server, so that a session that
// ends costs no note. It sends nothing of its own accord but that; without it every form works.
"use strict";
(() => {
  const PAUSE = 2000; // after the last key
  const forms = [...document.querySelectorAll("form[data-draft]")];
  const LOST = "You were logged out. What you typed is still here: log in in another tab, then save.";

  function say(form, text, lost) {
    const place = form.querySelector(".kept");
    if (!place) return;
    place.textContent = text;
    place.classList.toggle("lost", Boolean(lost));
  }

  function watch(form) {
    let timer = 0;
    let changed = false;
    let sent = false;

    async function keep() {
      clearTimeout(timer);
      if (!changed || sent) return;
      changed = false;
      try {
        const answer = await fetch(form.dataset.draft, {
          method: "POST",
          body: new FormData(form),
          headers: { "X-Reporter-Poll": "1" },
          redirect: "manual",
        });
        if (sent) return;
        if (answer.status === 200) say(form, `Draft saved ${await answer.text()}`);
        else if (answer.status === 401) say(form, LOST, true);
        else if (answer.status === 413) say(form, "Too long to be kept while you type: at most 10,000 letters.", true);
        else if (answer.status !== 204) throw new Error(String(answer.status));
      } catch {
        changed = true;
        say(form, "Not kept: no connection. Do not close this page.", true);
        timer = setTimeout(keep, 10000);
      }
    }

    form.addEventListener("input", () => {
      changed = true;
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE);
    });
    form.addEventListener("change", keep);
    form.addEventListener("submit", () => {
      sent = true;
      clearTimeout(timer);
    });
    addEventListener("pagehide", () => {
      if (changed && !sent) navigator.sendBeacon(form.dataset.draft, new FormData(form));
    });
  }

  // The board on the wall renews itself; that keeps nobody logged in, so it says when it stops.
  async function renew(board) {
    try {
      const answer = await fetch(location.href, { headers: { "X-Reporter-Poll": "1" }, redirect: "manual" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-refresh]");
      if (fresh) board.replaceChildren(...fresh.childNodes);
    } catch {
      const place = board.querySelector(".stale");
      if (place && !place.textContent) {
        place.textContent = `Not updating since ${new Date().toLocaleTimeString([], { hour: "numeric", minute: "2-digit" })}. Reload.`;
      }
    }
  }

  const board = document.querySelector("[data-refresh]");
  if (board) {
    setInterval(() => renew(board), 60000);
    document.addEventListener("desk:polled", () => renew(board)); // something changed: at once
  }
  // After a refusal the first wrong field stands ready; the summary above names them all.
  const wrong = document.querySelector(".error-summary:not(.conflict)") && document.querySelector(".has-error");
  if (wrong) {
    addEventListener("load", () => {
      const part = wrong.closest("details");
      if (part) part.open = true;
      (wrong.querySelector("input, textarea") || wrong).focus({ preventScroll: true });
      wrong.scrollIntoView({ block: "center" });
    });
  }
  // A button of the head opens its form and stands ready in the first field.
  for (const link of document.querySelectorAll(".actions a[href^='#'], .next-ways a")) {
    link.addEventListener("click", () => {
      const field = document.getElementById(link.hash.slice(1));
      const part = field && field.closest("details");
      if (part) part.open = true;
      if (field) setTimeout(() => (field.matches("input, textarea") ? field : field.querySelector("input") || field).focus());
    });
  }

  for (const form of forms) watch(form);
  for (const button of document.querySelectorAll("[data-print]")) {
    button.addEventListener("click", () => print());
  }
})();
