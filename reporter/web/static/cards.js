// Keeps the cards of "To read", "Unfinished" and "Silent" up to date: when a poll of live.js says
// that something changed, the page is asked for once more. What is new waits behind a button, what
// somebody else has dealt with says so where it stands: nothing moves under the cursor.
"use strict";
(() => {
  const place = document.getElementById("desk-cards");
  if (!place) return;
  const bar = place.querySelector(".came-in"), text = bar.querySelector("p");
  const cards = root => new Map(
    [...root.querySelectorAll("[data-card]")].map(one => [one.dataset.card, one]));
  let latest = null, busy = false;

  async function renew() {
    if (busy) return;
    busy = true;
    try {
      const answer = await fetch(location.href, {
        headers: { "X-Reporter-Poll": "1" }, cache: "no-store", redirect: "manual" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const anew = page.getElementById("desk-cards");
      if (anew) merge(anew);
    } catch {
      // The bar of live.js says when nothing comes any more.
    } finally {
      busy = false;
    }
  }

  function merge(anew) {
    const here = cards(place), there = cards(anew);
    const isNew = [...there.keys()].filter(id => !here.has(id));
    if (isNew.length && !here.size) {
      show(anew);
      return polite(said(isNew.length));
    }
    for (const [id, old] of here) {
      const fresh = there.get(id);
      if (!fresh) gone(old);
      else if (!old.contains(document.activeElement) && old.innerHTML !== fresh.innerHTML)
        old.replaceChildren(...fresh.cloneNode(true).childNodes);
    }
    latest = isNew.length ? anew : null;
    polite(isNew.length ? said(isNew.length) : "");
    document.dispatchEvent(new Event("desk:tick"));
  }

  const said = n => n === 1 ? place.dataset.one : place.dataset.many.replace("{n}", n);

  function polite(what) {
    bar.hidden = !what || !latest;
    bar.setAttribute("role", "status");
    if (text.textContent !== what) text.textContent = what;
  }

  function gone(card) {
    if (card.classList.contains("gone")) return;
    card.classList.add("gone");
    for (const one of card.querySelectorAll("button")) one.disabled = true;
    const note = document.createElement("p");
    note.className = "hint gone-note";
    note.textContent = "This has left the list: somebody has dealt with it.";
    card.prepend(note);
  }

  function show(anew) {
    const brought = [...anew.children].filter(one => !one.matches(".came-in"));
    for (const one of [...place.children]) if (one !== bar) one.remove();
    place.append(...brought);
    latest = null;
    bar.hidden = true;
    document.dispatchEvent(new Event("desk:tick"));
  }

  bar.querySelector("button").addEventListener("click", () => {
    if (!latest) return;
    const before = cards(place), anew = latest;
    show(anew);
    const first = [...cards(place)].find(([id]) => !before.has(id));
    const link = first && first[1].querySelector("a, button");
    if (link) link.focus();
  });
  document.addEventListener("desk:polled", renew);
})();
