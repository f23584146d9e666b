// Tips: an element with data-tip="<id>" shows what that hidden element says, on hover, on keyboard
// focus and on touch. The tip stays while the pointer is on it; Escape or a tap elsewhere closes it.
(function () {
  "use strict";
  const GAP = 6;
  const GRACE = 150;
  const tip = document.createElement("div");
  tip.className = "tip";
  // Whoever hears the page is told by aria-describedby.
  tip.setAttribute("aria-hidden", "true");
  tip.hidden = true;
  document.body.append(tip);
  let anchor = null;
  let leaving = 0;
  let wasShown = false;

  const anchorOf = (node) => node?.closest?.("[data-tip]") || null;

  function place() {
    const at = anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = tip;
    const below = at.bottom + GAP;
    const top = below + height > innerHeight - GAP && at.top > height + GAP ? at.top - GAP - height : below;
    const left = Math.min(Math.max(at.right - width, GAP), innerWidth - width - GAP);
    tip.style.top = `${top}px`;
    tip.style.left = `${left}px`;
  }

  function show(found) {
    const words = document.getElementById(found.dataset.tip);
    clearTimeout(leaving);
    if (!words || (anchor === found && !tip.hidden)) return;
    anchor = found;
    tip.replaceChildren(...[...words.childNodes].map((node) => node.cloneNode(true)));
    tip.hidden = false;
    place();
  }

  function hide() {
    clearTimeout(leaving);
    tip.hidden = true;
    anchor = null;
  }

  const hideSoon = () => (leaving = setTimeout(() => anchor !== document.activeElement && hide(), GRACE));

  document.addEventListener("pointerover", (event) => {
    // Nothing opens under what is being dragged.
    if (event.pointerType === "touch" || event.buttons) return;
    const found = anchorOf(event.target);
    if (found) show(found);
    else if (tip.contains(event.target)) clearTimeout(leaving);
  });
  document.addEventListener("pointerout", (event) => {
    const stays = anchorOf(event.relatedTarget) === anchor || tip.contains(event.relatedTarget);
    if (anchor && event.pointerType !== "touch" && !stays) hideSoon();
  });
  document.addEventListener("focusin", (event) => {
    const found = anchorOf(event.target);
    if (found?.matches(":focus-visible")) show(found);
  });
  document.addEventListener("focusout", (event) => anchorOf(event.target) === anchor && hide());
  document.addEventListener("pointerdown", (event) => {
    const found = anchorOf(event.target);
    wasShown = Boolean(found) && found === anchor;
    if (anchor && !found && !tip.contains(event.target)) hide();
  });
  // A tap shows it, another one closes it; under a mouse it is there already.
  document.addEventListener("click", (event) => {
    const found = anchorOf(event.target);
    if (!found) return;
    if (wasShown && event.pointerType === "touch") hide();
    else show(found);
    wasShown = false;
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  document.addEventListener("scroll", () => anchor && hide(), { capture: true, passive: true });
  window.addEventListener("resize", hide);
  document.addEventListener("htmx:afterSettle", () => anchor && !anchor.isConnected && hide());
})();
