// Single keys at the desk. They move and open forms; nothing clinical happens on one key, and
// nothing at all while somebody types. Whoever does not want them switches them off in the account.
"use strict";
(() => {
  const list = document.getElementById("keys");
  if (!list) return;
  const PLACES = "clesxprm";
  // Where a page names no place for a key itself.
  const ELSE = { c: 'form[action*="/claim"] button', l: "#call", e: "#escalate-note", s: "#follow_up-due_at", x: "#close-outcome" };
  let went = 0; // when `g` was pressed

  const typing = one => one.isContentEditable ||
    (one.matches("input, textarea, select") && !one.matches("[type=radio], [type=checkbox], [type=button], [type=submit]"));

  const lines = () => [...document.querySelectorAll("#queue-live li[data-case]")];

  function current() {
    const all = lines();
    return all.find(one => one.contains(document.activeElement)) || all.find(one => one.classList.contains("picked")) ||
      all.find(one => one.classList.contains("here"));
  }

  function step(by) {
    const all = lines(), now = all.indexOf(current());
    if (!all.length || !all[0].offsetParent) return;
    const next = now < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(now + by, 0), all.length - 1);
    for (const one of all) one.classList.toggle("picked", one === all[next]);
    all[next].querySelector("a").focus({ preventScroll: true });
    all[next].scrollIntoView({ block: "nearest" });
  }

  function place(key) {
    const main = document.getElementById("main");
    if (!main) return null;
    const marked = [...main.querySelectorAll(`[data-key="${key}"]`)];
    return marked.find(one => one.offsetParent) || (ELSE[key] && main.querySelector(ELSE[key]));
  }

  // Open a form and put the cursor into it; a button is reached, never pressed.
  function reach(one) {
    const folded = one.closest("details");
    if (folded) folded.open = true;
    if (one.matches("a[href]")) return one.click();
    const inside = one.matches("button, input, textarea, select") ? one
      : one.querySelector("input:not([type=hidden]), textarea, select") ||
        (one.closest("section, details, form") || one).querySelector("input:not([type=hidden]), textarea, select, button");
    (folded || one).scrollIntoView({ block: "nearest" });
    if (inside) inside.focus();
  }

  function go(key) {
    const here = document.querySelector("[data-case-id]"), line = current();
    const other = line && (!here || line.dataset.case !== here.dataset.caseId);
    if (other && "clesxp".includes(key)) {
      const link = line.querySelector("a");
      location.href = `${link.href}#key-${key}`;
      return true;
    }
    const found = place(key);
    if (found) reach(found);
    return Boolean(found);
  }

  function lead(key) {
    const links = { q: document.body.dataset.keys, h: (document.querySelector('[data-go="h"], .bar a[href$="/handover"]') || {}).href };
    if (links[key]) location.href = links[key];
    return Boolean(links[key]);
  }

  function press(key) {
    if (Date.now() - went < 1500) { went = 0; if (lead(key)) return true; }
    if (key === "g") { went = Date.now(); return true; }
    if (key === "?") { list.showModal(); return true; }
    if (key === "/") {
      const box = document.querySelector(".bar-search input[type=search]");
      if (box) box.focus();
      return Boolean(box);
    }
    if (key === "j" || key === "k") { step(key === "j" ? 1 : -1); return true; }
    if (key === "o") { const one = current(); if (one) one.querySelector("a").click(); return Boolean(one); }
    if (key === "n") {
      const show = document.querySelector(".came-in:not([hidden]) button");
      if (show) show.click();
      return Boolean(show);
    }
    return PLACES.includes(key) && go(key);
  }

  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && !"jk".includes(event.key)) return;
    if (list.open || typing(event.target)) return;
    if (press(event.key)) event.preventDefault();
  });

  const asked = location.hash.match(/^#key-([clesxp])$/);
  if (asked) {
    history.replaceState(null, "", location.pathname + location.search);
    const found = place(asked[1]);
    if (found) reach(found);
  }
})();
