// Keeps the queue of an open page up to date. New lines wait behind "Show it", so that the list
// never moves under the cursor; an emergency comes in at once and is said aloud. Nothing needs this
// script: without it a reload shows the same.
"use strict";
(() => {
  const live = document.getElementById("queue-live");
  const root = live || document.getElementById("desk-watch"); // a page without a queue hears alarms
  if (!root) return;
  const EVERY = 15000, STALE = 60000;
  const AT_ONCE = new Set(["emergency", "undecided"]);
  const open = document.querySelector("[data-case-id]");
  const state = document.querySelector(".live-state");
  const stale = document.querySelector(".stale-bar");
  // Of a page that stands still nothing is "updated".
  const renews = live || document.querySelector("[data-refresh], [data-escalated-seen]");
  const say = text => document.dispatchEvent(new CustomEvent("desk:say", { detail: text }));
  let revision = root.dataset.revision, clock = "", good = Date.now(), busy = false;
  let latest = null; // the list as the last poll brought it, while lines wait behind "Show it"

  const lines = root => new Map(
    [...root.querySelectorAll("li[data-case]")].map(one => [one.dataset.case, one]));

  async function poll() {
    if (busy) return;
    busy = true;
    try {
      const more = new URLSearchParams({ seen: revision, case: open ? open.dataset.caseId : "" });
      const answer = await fetch(`${root.dataset.poll}&${more}`, {
        headers: { "X-Reporter-Poll": "1" }, cache: "no-store", redirect: "manual",
        signal: AbortSignal.timeout ? AbortSignal.timeout(10000) : undefined });
      if (answer.status === 401 || answer.status === 403 || answer.type === "opaqueredirect") return ended();
      if (answer.status !== 200 && answer.status !== 204) return;
      if (answer.headers.get("X-Desk-Who") !== root.dataset.who) return location.reload();
      heard(answer);
      if (answer.status === 200) take(await answer.text());
    } catch {
      // No answer: the bar says so once a minute has passed.
    } finally {
      busy = false;
      look();
    }
  }

  function heard(answer) {
    good = Date.now();
    clock = answer.headers.get("X-Desk-Clock") || clock;
    document.body.classList.remove("session-ended");
    bar();
  }

  function take(html) {
    const brought = new DOMParser().parseFromString(html, "text/html");
    const anew = brought.getElementById("queue-live");
    revision = brought.querySelector("[data-revision]").dataset.revision;
    const house = document.getElementById("troubles");
    const troubles = brought.getElementById("house-troubles");
    if (house && troubles && house.textContent.trim() !== troubles.textContent.trim())
      house.replaceChildren(...troubles.childNodes);
    if (live && anew) {
      counts(anew);
      merge(anew);
    }
    moved(brought.querySelector("[data-open-version]"));
    document.dispatchEvent(new CustomEvent("desk:polled", { detail: brought }));
    document.dispatchEvent(new Event("desk:tick"));
  }

  function counts(anew) {
    for (const tab of anew.querySelectorAll("[data-tab]")) {
      const here = live.querySelector(`[data-tab="${tab.dataset.tab}"]`);
      if (here && here.textContent !== tab.textContent) here.replaceChildren(...tab.cloneNode(true).childNodes);
    }
  }

  // Lines that are here change in place. What is new waits, unless it cannot.
  function merge(anew) {
    const here = lines(live), there = lines(anew);
    const isNew = [...there.values()].filter(one => !here.has(one.dataset.case));
    const worse = [...there.values()].filter(one =>
      here.has(one.dataset.case) && AT_ONCE.has(one.dataset.level) &&
      !AT_ONCE.has(here.get(one.dataset.case).dataset.level));
    const all = [...here.values()], full = there.size >= Number(live.dataset.shown);
    const last = all.findLastIndex(one => there.has(one.dataset.case));
    // Of a list that is cut, what stands below the cut has not left.
    const gone = all.filter((one, at) => !there.has(one.dataset.case) && (!full || at < last));
    const urgent = [...isNew, ...worse].filter(one => AT_ONCE.has(one.dataset.level));
    if (!here.size || urgent.length || (!isNew.length && !gone.length && same(here, there))) {
      if (!here.size && isNew.length && !urgent.length) say(words(isNew));
      show(anew, false);
      if (urgent.length && here.size) waiting(urgent, []); // it may stand above what is in sight
      return;
    }
    for (const [id, line] of there) if (here.has(id)) inPlace(here.get(id), line);
    for (const line of gone) line.classList.add("gone");
    latest = anew;
    waiting(isNew, gone);
  }

  const same = (here, there) => [...here.keys()].join() === [...there.keys()].join();

  function inPlace(old, line) {
    const had = old.contains(document.activeElement);
    const mark = old.classList.contains("here"), picked = old.classList.contains("picked");
    const fresh = line.cloneNode(true);
    fresh.classList.toggle("here", mark);
    fresh.classList.toggle("picked", picked);
    if (mark) fresh.querySelector("a").setAttribute("aria-current", "page");
    if (fresh.outerHTML === old.outerHTML) return;
    old.replaceWith(fresh);
    if (had) fresh.querySelector("a").focus({ preventScroll: true });
  }

  function words(isNew) {
    const by = new Map();
    for (const one of isNew) by.set(one.dataset.word, (by.get(one.dataset.word) || 0) + 1);
    const parts = [...by].map(([word, n]) => `${n} ${word.toLowerCase()}${n === 1 ? "" : "s"}`);
    return `${isNew.length === 1 ? `1 new ${isNew[0].dataset.word.toLowerCase()}` : `${isNew.length} new: ${parts.join(", ")}`} came in`;
  }

  function waiting(isNew, gone) {
    const box = live.querySelector(".came-in"), text = box.querySelector("p");
    const parts = isNew.length ? [words(isNew)] : [];
    if (gone.length) parts.push(`${gone.length} left this list`);
    const said = parts.join(" · ");
    box.hidden = !said;
    if (text.textContent !== said) {
      text.textContent = said;
      if (isNew.length) polite(said);
    }
  }

  function polite(text) {
    const box = live.querySelector(".came-in");
    box.setAttribute("role", "status");
    box.querySelector("p").textContent = text;
  }

  // The whole list as it stands now. Focus and the place on the screen stay with their line.
  function show(anew, byHand) {
    const focused = document.activeElement && document.activeElement.closest("#queue-live li[data-case]");
    const id = focused && focused.dataset.case, before = lines(live);
    const pane = live.closest(".queue"), own = getComputedStyle(pane).overflowY === "auto";
    const scrolls = own ? pane : document.scrollingElement;
    const anchor = focused || live.querySelector("li[data-case]:hover") ||
      (scrolls.scrollTop > 0 && [...before.values()].find(one => one.getBoundingClientRect().top >= 0));
    const top = anchor ? anchor.getBoundingClientRect().top : 0;
    for (const [key, line] of lines(anew)) {
      const old = before.get(key);
      if (old && old.classList.contains("here")) {
        line.classList.add("here");
        line.querySelector("a").setAttribute("aria-current", "page");
      }
      if (!old && before.size) line.classList.add("new");
    }
    live.replaceChildren(...anew.childNodes);
    latest = null;
    const now = lines(live), first = live.querySelector("li.new a");
    if (byHand && first) first.focus();
    else if (id && now.has(id)) now.get(id).querySelector("a").focus({ preventScroll: true });
    const stays = !byHand && anchor && now.get(anchor.dataset.case);
    if (stays) scrolls.scrollTop += stays.getBoundingClientRect().top - top;
    document.dispatchEvent(new Event("desk:tick"));
  }

  function moved(brought) {
    const version = brought ? Number(brought.dataset.openVersion) : 0;
    if (!open || !version || version === Number(open.dataset.caseVersion)) return;
    if (document.querySelector(".case-moved")) return;
    const box = document.createElement("p");
    box.className = "case-moved";
    box.setAttribute("role", "status");
    const strong = document.createElement("strong");
    strong.textContent = "This case has changed since you opened it.";
    const link = document.createElement("a");
    link.href = location.pathname + location.search;
    link.textContent = "Show it as it is now";
    box.append(strong, " What you typed stays here. ", link);
    open.prepend(box);
  }

  function ended() {
    document.body.classList.add("session-ended");
    good = Date.now();
    if (state) state.hidden = true;
    bar(`You are logged out${clock ? ` since about ${clock}` : ""}: nobody used this page for a while. What you typed stays here. `, "Log in again", "/log-in", "_blank");
  }

  function look() {
    if (document.body.classList.contains("session-ended")) return;
    const ago = Date.now() - good;
    if (ago >= STALE) {
      if (state) state.hidden = true;
      bar(`Not updating since ${clock}. `, "Reload.", location.href, "");
    } else if (state && renews) {
      state.hidden = false;
      state.textContent = `Updated ${Math.round(ago / 1000)} s ago`;
    }
  }

  function bar(text, link, href, target) {
    if (!text) return stale.replaceChildren();
    if (stale.textContent === text + link) return;
    const a = document.createElement("a");
    a.textContent = link;
    a.href = href;
    if (target) a.target = target;
    stale.replaceChildren(text, a);
  }

  if (live) live.addEventListener("click", event => {
    if (!event.target.closest(".came-in button")) return;
    if (latest) return show(latest, true);
    live.querySelector(".came-in").hidden = true;
    const first = live.querySelector("li.new a, li[data-level=emergency] a, li[data-level=undecided] a");
    if (first) first.focus();
  });
  document.addEventListener("desk:poll", () => { revision = ""; poll(); });
  addEventListener("online", poll);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
  clock = document.body.dataset.clock || "";
  setInterval(poll, EVERY);
  setInterval(look, 1000);
  look();
})();
