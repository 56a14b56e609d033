// Keeps what is being typed into a form of a case, sealed on the server, so that a session that
// ends costs no note. It sends nothing of its own accord but that; without it every form works.
"use strict";
(() => {
  const PAUSE = 2000; // after the last key
  const forms = [...document.querySelectorAll("form[data-draft]")];
  const LOST = "You were logged out. What you typed is still here: log in in another tab, then save.";

  function say(form, text, lost) {
    let place = form.querySelector(".kept");
    if (!place) {
      place = document.createElement("p");
      place.className = "hint kept";
      place.setAttribute("role", "status");
      form.append(place);
    }
    place.textContent = text;
    place.classList.toggle("lost", Boolean(lost));
  }

  function watch(form) {
    let timer = 0;
    let changed = false;
    let sent = false;
    let cut = false; // the last try to keep it found no server

    // All of the form, and which of the proposed times and numbers are this person's own by now.
    function filled() {
      const all = new FormData(form);
      const own = [...form.elements].filter(one => one.name && one.defaultValue !== undefined &&
        one.matches("input:not([type=radio], [type=checkbox], [type=hidden])") &&
        (one.value !== one.defaultValue || form.dataset.restored));
      all.set("changed", own.map(one => one.name).join(" "));
      return all;
    }

    async function keep() {
      clearTimeout(timer);
      if (!changed || sent) return;
      changed = false;
      try {
        const answer = await fetch(form.dataset.draft, {
          method: "POST",
          body: filled(),
          headers: { "X-Reporter-Poll": "1" },
          redirect: "manual",
        });
        if (sent) return;
        cut = false;
        if (answer.status === 200) say(form, `Draft saved ${await answer.text()}`);
        else if (answer.status === 401) say(form, LOST, true);
        else if (answer.status === 413) say(form, "Too long to be kept while you type: at most 10,000 letters.", true);
        else if (answer.status !== 204) throw new Error(String(answer.status));
      } catch {
        changed = cut = true;
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
    // Without a connection the browser would put its own page in the place of this one.
    form.addEventListener("submit", async event => {
      if (cut || !navigator.onLine) {
        event.preventDefault();
        changed = true;
        await keep();
        if (cut) return say(form, "Not saved: no connection. All of it still stands here. Try again.", true);
        return form.requestSubmit(event.submitter);
      }
      sent = true;
      clearTimeout(timer);
    });
    addEventListener("online", keep);
    addEventListener("pageshow", () => { sent = false; }); // somebody came back to it
    addEventListener("pagehide", () => {
      if (changed && !sent) navigator.sendBeacon(form.dataset.draft, filled());
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

  // Once the head has left the screen, a bar says whose forms these are.
  const who = document.querySelector(".who-bar"), head = document.querySelector(".head");
  if (who && head) {
    new IntersectionObserver(([seen]) => who.classList.toggle("needed", !seen.isIntersecting)).observe(head);
  }

  for (const form of forms) watch(form);
  for (const button of document.querySelectorAll("[data-print]")) {
    button.addEventListener("click", () => print());
  }
})();
