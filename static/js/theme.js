// Loaded before the first paint, so that neither the theme nor the folded bar flickers.
(function () {
  "use strict";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function apply() {
    const choice = root.dataset.themeChoice;
    const theme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    if (root.getAttribute("data-bs-theme") !== theme) {
      root.setAttribute("data-bs-theme", theme);
      document.dispatchEvent(new CustomEvent("themechange", { detail: theme }));
    }
  }

  window.chooseTheme = function (choice) {
    root.dataset.themeChoice = choice;
    apply();
  };
  dark.addEventListener("change", apply);
  apply();

  try {
    root.toggleAttribute("data-sidebar-folded", localStorage.getItem("sidebar") === "folded");
  } catch (error) {
    // Storage may be forbidden; the bar then starts unfolded.
  }
})();
