// Expected revenue by month of plans side by side: a line each, and their targets dashed.
(function () {
  "use strict";
  const language = document.documentElement.lang;
  const short = new Intl.NumberFormat(language, { notation: "compact", maximumSignificantDigits: 3 });
  const SYMBOLS = ["circle", "rect", "triangle", "diamond"];

  function scenarios(data, colour, { tooltip }) {
    const colours = [colour.tracking, colour.acquisition, colour.closing, colour.won];
    const targets = [...new Set(data.series.map((row) => row.target))];
    const line = (row, i) => ({
      name: row.name, type: "line", data: row.values, symbol: SYMBOLS[i], symbolSize: 8,
      lineStyle: { width: 2.5, color: colours[i] }, itemStyle: { color: colours[i] },
    });
    const dashed = (target) => {
      const owner = targets.length > 1 ? data.series.findIndex((row) => row.target === target) : -1;
      const stroke = owner < 0 ? colour.target : colours[owner];
      const name = owner < 0 ? data.words.target : `${data.words.target}: ${data.series[owner].name}`;
      return {
        name, type: "line", data: data.labels.map(() => target), symbol: "none", silent: true,
        lineStyle: { type: "dashed", width: 1.5, color: stroke }, itemStyle: { color: stroke },
      };
    };
    const format = (rows) => [data.labels[rows[0].dataIndex], ...rows.map((row) => `${row.seriesName}: ${short.format(row.value)}`)].join("\n");
    return {
      aria: { enabled: true },
      animationDuration: 300,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      tooltip: { ...tooltip, formatter: format },
      legend: { type: "scroll", bottom: 0, pageIconColor: colour.faint, pageTextStyle: { color: colour.faint }, textStyle: { color: colour.text }, itemWidth: 22, itemHeight: 10 },
      grid: { left: 8, right: 12, top: 16, bottom: 36, containLabel: true },
      xAxis: { type: "category", data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: colour.line } }, axisLabel: { color: colour.faint } },
      yAxis: { type: "value", splitLine: { lineStyle: { color: colour.line } }, axisLabel: { color: colour.faint, formatter: (value) => short.format(value) } },
      series: [...data.series.map(line), ...targets.map(dashed)],
    };
  }

  window.chartKinds = Object.assign(window.chartKinds || {}, { scenarios });
})();
