// Charts of the planning page beside its revenue: the fan of a year that is drawn at random.
(function () {
  "use strict";
  const language = document.documentElement.lang;
  const short = new Intl.NumberFormat(language, { notation: "compact", maximumSignificantDigits: 3 });

  // Revenue since the year's start: bands of four in five and one in two years, the middle, the target.
  function fan(data, colour, { tooltip }) {
    const { words } = data;
    const width = (low, high) => high.map((value, i) => value - low[i]);
    const base = (name, values) => ({
      name, type: "line", stack: name, data: values, symbol: "none", lineStyle: { opacity: 0 }, silent: true, tooltip: { show: false },
    });
    const band = (name, stack, values, opacity) => ({
      name, type: "line", stack, data: values, symbol: "none", lineStyle: { opacity: 0 }, itemStyle: { color: colour.closing },
      areaStyle: { color: colour.closing, opacity },
    });
    const format = (rows) => {
      const i = rows[0].dataIndex;
      return [
        data.labels[i],
        `${words.median}: ${short.format(data.p50[i])}`,
        `${words.band50}: ${short.format(data.p25[i])} – ${short.format(data.p75[i])}`,
        `${words.band80}: ${short.format(data.p10[i])} – ${short.format(data.p90[i])}`,
      ].join("\n");
    };
    return {
      aria: { enabled: true },
      animationDuration: 300,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      tooltip: { ...tooltip, formatter: format },
      legend: {
        // As pale as what they stand for: all bands have one hue.
        data: [
          { name: words.band80, itemStyle: { opacity: 0.3 } }, { name: words.band50, itemStyle: { opacity: 0.6 } },
          { name: words.median }, { name: words.target },
        ],
        bottom: 0, textStyle: { color: colour.text },
        type: "scroll", pageIconColor: colour.faint, pageTextStyle: { color: colour.faint }, icon: "roundRect", itemWidth: 12, itemHeight: 12,
      },
      grid: { left: 8, right: 12, top: 16, bottom: 36, containLabel: true },
      xAxis: {
        type: "category", data: data.labels, boundaryGap: false, axisTick: { show: false },
        axisLine: { lineStyle: { color: colour.line } }, axisLabel: { color: colour.faint },
      },
      yAxis: {
        type: "value", splitLine: { lineStyle: { color: colour.line } },
        axisLabel: { color: colour.faint, formatter: (value) => short.format(value) },
      },
      series: [
        base("low80", data.p10),
        band(words.band80, "low80", width(data.p10, data.p90), 0.16),
        base("low50", data.p25),
        band(words.band50, "low50", width(data.p25, data.p75), 0.28),
        { name: words.median, type: "line", data: data.p50, symbol: "none", lineStyle: { width: 2.5, color: colour.closing }, itemStyle: { color: colour.closing } },
        {
          name: words.target, type: "line", data: data.labels.map(() => data.target), symbol: "none",
          lineStyle: { type: "dashed", width: 2, color: colour.target }, itemStyle: { color: colour.target },
        },
      ],
    };
  }

  window.chartKinds = { ...window.chartKinds, fan };
})();
