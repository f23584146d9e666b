// The search box: what was found under it, driven by keys; where nothing is typed, what one was at.
(function () {
  "use strict";
  const search = document.querySelector(".search");
  if (!search) return;
  const box = search.querySelector("input");
  const results = document.getElementById("search-results");
  const RECENT = `recent-${results.dataset.recentFor}`;
  const KEPT = 8;
  let answered = "";

  // What was opened last, kept in this browser for this person.

  function recent() {
    try {
      return JSON.parse(localStorage.getItem(RECENT)) || [];
    } catch (error) {
      return [];
    }
  }

  const title = document.querySelector("[data-recent]");
  if (title) {
    const here = { url: location.pathname, name: title.textContent.trim() };
    const others = recent().filter((each) => each.url !== here.url);
    try {
      localStorage.setItem(RECENT, JSON.stringify([here, ...others].slice(0, KEPT)));
    } catch (error) {
      // Storage may be forbidden; then nothing is remembered.
    }
  }
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[action*=logout]")) localStorage.removeItem(RECENT);
  });

  function showRecent() {
    const rows = recent().filter((each) => each.url !== location.pathname);
    if (!rows.length) return;
    const head = document.createElement("div");
    head.className = "search-group";
    head.textContent = results.dataset.recentLabel;
    const links = rows.map((row, place) => {
      const link = document.createElement("a");
      link.className = "search-result";
      link.setAttribute("role", "option");
      link.id = `recent-${place}`;
      link.tabIndex = -1;
      link.href = row.url;
      link.textContent = row.name;
      return link;
    });
    results.replaceChildren(head, ...links);
    box.setAttribute("aria-expanded", "true");
    mark(-1);
  }

  // One of the options is marked; the focus stays in the box.

  const options = () => [...results.querySelectorAll("[role=option]")];
  const marked = () => options().findIndex((each) => each.getAttribute("aria-selected") === "true");

  function mark(at) {
    options().forEach((each, place) => each.setAttribute("aria-selected", String(place === at)));
    const found = options()[at];
    if (found) box.setAttribute("aria-activedescendant", found.id);
    else box.removeAttribute("aria-activedescendant");
    found?.scrollIntoView({ block: "nearest" });
  }

  function close() {
    results.replaceChildren();
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  box.addEventListener("focus", () => box.value.trim() || showRecent());
  box.addEventListener("input", () => box.value.trim() || showRecent());
  // Only then do the options do what their attributes say.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target !== results) return;
    if (!box.value.trim()) return showRecent();
    answered = event.detail.requestConfig.parameters?.q ?? box.value;
    box.setAttribute("aria-expanded", String(results.childElementCount > 0));
    mark(0);
  });
  document.addEventListener("click", (event) => {
    const isOpened = event.target.closest("#search-results [hx-get]");
    if (isOpened || !search.contains(event.target)) close();
  });

  search.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const last = options().length - 1;
    if (event.key === "Escape") {
      close();
      box.value = "";
      box.blur();
    } else if (event.key === "ArrowDown" && last >= 0) {
      event.preventDefault();
      mark(Math.min(marked() + 1, last));
    } else if (event.key === "ArrowUp" && last >= 0) {
      event.preventDefault();
      mark(Math.max(marked() - 1, 0));
    } else if (event.key === "Enter") {
      // What was typed since the answer is not what the marked one was found for.
      const chosen = box.value.trim() && box.value !== answered ? null : options()[marked()];
      if (!chosen) return;
      event.preventDefault();
      chosen.click();
    }
  });
})();
