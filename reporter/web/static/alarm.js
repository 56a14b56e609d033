// Says aloud, and in the title, that an emergency came in, on every page of the desk; live.js asks
// for them. A bar with a way to the case stands where no list here shows its line.
"use strict";
(() => {
  const root = document.getElementById("desk-watch");
  if (!root) return;
  const bar = root.querySelector(".alarm-bar"), list = bar.querySelector("ul");
  const first = document.getElementById("call-first");
  const escalated = document.querySelector("[data-escalated-seen]");
  const title = document.title;
  const box = document.createElement("div");
  box.className = "hidden";
  box.setAttribute("aria-live", "assertive");
  document.body.append(box);
  const say = text => { box.textContent = text; };

  // What this tab of the browser was told of on the page before: numbers of cases, no more.
  const key = `alarms.${root.dataset.who}`;
  const stood = root.dataset.known.split(" ").filter(Boolean);
  const known = new Set(before() || stood);
  const inList = id => document.querySelector(`#queue-live li[data-case="${id}"]`);

  function before() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(key));
      return Array.isArray(kept) ? kept.filter(id => stood.includes(id)) : null;
    } catch {
      return null;
    }
  }

  function keep() {
    try {
      sessionStorage.setItem(key, JSON.stringify([...known]));
    } catch {
      // A browser that keeps nothing: each page then begins with what stands.
    }
  }

  function take(brought) {
    const all = [...brought.querySelectorAll("[data-alarm]")];
    const fresh = all.filter(one => !known.has(one.dataset.alarm));
    for (const one of fresh) known.add(one.dataset.alarm);
    keep();
    const open = new Set(all.map(one => one.dataset.alarm));
    for (const one of [...list.children]) if (!open.has(one.dataset.alarm)) one.remove();
    list.prepend(...fresh.filter(one => !inList(one.dataset.alarm)));
    bar.hidden = !list.children.length;
    if (fresh.length) alarm(fresh);
  }

  function alarm(fresh) {
    const what = one => one.textContent.trim().replace(/\s+/g, " ").replace(/^\S /, "");
    say(`New: ${fresh.map(what).join("; ")}.`);
    const word = fresh[0].dataset.word.toLowerCase();
    document.title = `▲ ${fresh.length === 1 ? `New ${word}` : `${fresh.length} new emergencies`} - ${title}`;
  }

  function callFirst(brought) {
    const anew = brought.getElementById("call-first");
    if (!first || !anew || first.textContent === anew.textContent) return;
    const had = first.contains(document.activeElement);
    first.replaceChildren(...anew.childNodes);
    const link = first.querySelector("a");
    if (had && link) link.focus({ preventScroll: true });
  }

  // Answers are typed on that page, so nothing moves there of its own accord.
  function questions(brought) {
    const now = brought.querySelector("[data-escalated]");
    if (!escalated || !now || now.dataset.escalated === escalated.dataset.escalatedSeen) return;
    escalated.hidden = false;
  }

  document.addEventListener("desk:say", event => say(event.detail));
  document.addEventListener("desk:polled", event => {
    take(event.detail);
    callFirst(event.detail);
    questions(event.detail);
  });
  bar.querySelector("button").addEventListener("click", () => {
    list.replaceChildren();
    bar.hidden = true;
  });
  // Whoever touches the page has seen the emergency.
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { document.title = title; });

  for (const id of stood) if (inList(id)) known.add(id);
  keep();
  // It came between two pages: nobody has been told of it.
  if (stood.some(id => !known.has(id))) setTimeout(() => document.dispatchEvent(new Event("desk:poll")));
})();
