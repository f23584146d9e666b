// A target in parts: its picture, arrows from amount to amount, nothing typed is lost.
(function () {
  "use strict";
  const page = document.querySelector("[data-targets]");
  if (!page) return;
  const short = new Intl.NumberFormat(document.documentElement.lang, {
    notation: "compact", maximumSignificantDigits: 3,
  });

  // Both years beside each other: upright for months, lying where the names are long.
  function targets(data, colour, { tooltip, element }) {
    const room = element.clientWidth > 480 ? 170 : 110;
    const names = {
      type: "category", data: data.labels, inverse: !data.upright, axisTick: { show: false },
      axisLine: { lineStyle: { color: colour.line } },
      axisLabel: { color: colour.text, width: room, overflow: "truncate", interval: data.upright ? "auto" : 0 },
    };
    const amounts = {
      type: "value", splitLine: { lineStyle: { color: colour.line } }, splitNumber: 4,
      axisLabel: { color: colour.faint, formatter: (value) => short.format(value), hideOverlap: true },
    };
    const bar = (name, values, itemStyle) => ({
      name, type: "bar", data: values, itemStyle, barMaxWidth: 18, barGap: "10%",
    });
    return {
      aria: { enabled: true },
      animationDuration: 250,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      tooltip: { ...tooltip, valueFormatter: (value) => short.format(value) },
      legend: { bottom: 0, textStyle: { color: colour.text }, icon: "roundRect", itemWidth: 12, itemHeight: 12 },
      grid: { left: 16, right: 24, top: 12, bottom: 36, containLabel: true },
      xAxis: data.upright ? names : amounts,
      yAxis: data.upright ? amounts : names,
      series: [
        ...(data.last_year.length ? [bar(data.words.last_year, data.last_year, { color: colour.won, opacity: 0.45 })] : []),
        bar(data.words.parts, data.parts, { color: colour.tracking }),
      ],
    };
  }
  window.chartKinds = { ...window.chartKinds, targets };

  page.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || !event.target.matches("[name=amount]")) return;
    const inputs = [...page.querySelectorAll("[name=amount]")];
    const next = inputs[inputs.indexOf(event.target) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.select();
  });

  let isUnsaved = false;
  page.addEventListener("input", (event) => {
    if (event.target.matches("[name=amount]")) isUnsaved = true;
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (page.querySelector("#targets[data-unsaved]")) isUnsaved = true;
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.getResponseHeader("HX-Redirect")) isUnsaved = false;
  });
  page.addEventListener("click", (event) => {
    if (event.target.closest("[data-cancel]")) isUnsaved = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (isUnsaved) event.preventDefault();
  });
})();
