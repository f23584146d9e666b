// The planning page as a document: printed whole and in light colours, approved, its parts kept open.
(function () {
  "use strict";
  const root = document.documentElement;
  const parts = () => [...document.querySelectorAll("#plan-result details")];
  let open = new Set();

  // What is swapped in has every part closed.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "plan-result") return;
    open = new Set(parts().filter((part) => part.open).map((part) => part.id));
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "plan-result") parts().forEach((part) => (part.open = open.has(part.id)));
  });

  // An approved plan is not changed by accident, nor is anything approved, or taken back, over
  // numbers that were not saved.
  function questionOf(element) {
    if (element.matches("[data-approve], [data-take-approval-back]")) {
      return document.querySelector("#plan-state.is-unsaved") ? element.dataset.ask : "";
    }
    return element.matches("[data-save], [data-solve]") ? document.getElementById("plan-status").dataset.ask : "";
  }
  document.addEventListener("htmx:confirm", (event) => {
    const question = questionOf(event.detail.elt);
    if (!question) return;
    event.preventDefault();
    if (window.confirm(question)) event.detail.issueRequest(true);
  });

  const charts = () => [...document.querySelectorAll("[data-chart]")].map((each) => echarts.getInstanceByDom(each)).filter(Boolean);

  // On paper nothing moves, so what is drawn anew stands at once; and patterns tell apart what
  // colours no longer do in grey.
  const look = (isPaper) => ({ animation: !isPaper, aria: { enabled: true, decal: { show: isPaper } } });
  function drawFor(isPaper, theme) {
    charts().forEach((chart) => chart.setOption(look(isPaper)));
    window.chooseTheme(theme);
    charts().forEach((chart) => chart.getZr().flush());
  }

  let theme = "";
  let wasOpen = new Set();
  window.addEventListener("beforeprint", () => {
    wasOpen = new Set(parts().filter((part) => part.open));
    parts().forEach((part) => (part.open = true));
    theme = root.dataset.themeChoice;
    drawFor(true, "light");
  });
  window.addEventListener("afterprint", () => {
    parts().forEach((part) => (part.open = wasOpen.has(part)));
    drawFor(false, theme);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
})();
