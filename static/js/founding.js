// The founding case: sliders say where they stand, answers and steps are read out, keys go on.
(function () {
  "use strict";
  const page = document.querySelector("[data-founding]");
  if (!page) return;
  const live = document.querySelector("[data-founding-live]");
  const plain = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });

  const show = (slider) => {
    const output = slider.parentElement.querySelector("output");
    if (output) output.textContent = plain.format(slider.value);
  };
  const showAll = () => page.querySelectorAll("input[type=range]").forEach(show);
  showAll();

  // What the sliders ask for is no longer one of the plans to begin with.
  function leavePreset() {
    page.querySelectorAll("[data-preset].active").forEach((preset) => {
      preset.classList.remove("active");
      preset.removeAttribute("aria-current");
    });
  }
  page.addEventListener("input", (event) => {
    if (event.target.type === "range") show(event.target);
    leavePreset();
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "founding-answer") {
      live.textContent = page.querySelector(".verdict-text").textContent;
    } else if (event.target.id === "founding") {
      showAll();
      const isPreset = event.detail.requestConfig.elt.matches("[data-preset]");
      if (isPreset) live.textContent = page.querySelector(".verdict-text").textContent;
      else page.querySelector(".founding-title").focus();
    }
  });
  // A page that is printed shows what is folded away on the screen.
  window.addEventListener("beforeprint", () => page.querySelectorAll("details").forEach((each) => (each.open = true)));
})();
