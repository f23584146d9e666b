// Charts: drawn from the JSON beside them, in the page's colours, anew with theme and size.
(function () {
  "use strict";
  const drawn = new Map();

  function colours() {
    const probe = document.createElement("span");
    // Where transitions are made short instead of none, a colour would be read before it is there.
    probe.style.setProperty("transition", "none", "important");
    document.body.append(probe);
    // light-dark() and color-mix() only become a colour the canvas knows once they are computed.
    const of = (value) => {
      probe.style.color = value;
      return getComputedStyle(probe).color;
    };
    const found = {
      text: of("var(--tblr-body-color)"),
      faint: of("var(--tblr-secondary)"),
      line: of("var(--tblr-border-color)"),
      surface: of("var(--tblr-bg-surface)"),
      won: of("var(--part-won)"),
      closing: of("var(--part-closing)"),
      tracking: of("var(--part-tracking)"),
      acquisition: of("var(--part-acquisition)"),
      target: of("var(--hot)"),
    };
    probe.remove();
    return found;
  }

  const language = document.documentElement.lang;
  const short = new Intl.NumberFormat(language, { notation: "compact", maximumSignificantDigits: 3 });

  function tooltip(colour) {
    return {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      backgroundColor: colour.surface,
      borderColor: colour.line,
      textStyle: { color: colour.text },
    };
  }

  function revenue(data, colour) {
    const { words } = data;
    const bar = (name, values, fill) => ({
      name, type: "bar", stack: "revenue", data: values, itemStyle: { color: fill }, barMaxWidth: 44,
    });
    const whisker = (params, api) => {
      const [x, low] = api.coord([api.value(0), api.value(1)]);
      const high = api.coord([api.value(0), api.value(2)])[1];
      const half = 5;
      const style = { stroke: colour.text, lineWidth: 1.5, fill: null };
      const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
      return { type: "group", children: [line(x, low, x, high), line(x - half, low, x + half, low), line(x - half, high, x + half, high)] };
    };
    const format = (rows) => {
      const i = rows[0].dataIndex;
      const lines = [data.labels[i], `${words.total}: ${short.format(data.revenue[i])}`];
      lines.push(`${words.band}: ${short.format(data.low80[i])} – ${short.format(data.high80[i])}`);
      ["certain", "from_pipeline", "new"].forEach((part) => {
        if (data[part][i] >= 1) lines.push(`${words[part]}: ${short.format(data[part][i])}`);
      });
      return lines.join("\n");
    };
    return {
      aria: { enabled: true },
      animationDuration: 300,
      animationDurationUpdate: 250,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      tooltip: { ...tooltip(colour), formatter: format },
      legend: { type: "scroll", bottom: 0, pageIconColor: colour.faint, pageTextStyle: { color: colour.faint }, textStyle: { color: colour.text }, icon: "roundRect", itemWidth: 12, itemHeight: 12 },
      grid: { left: 8, right: 12, top: 16, bottom: 36, containLabel: true },
      xAxis: {
        type: "category", data: data.labels, axisTick: { show: false },
        axisLine: { lineStyle: { color: colour.line } }, axisLabel: { color: colour.faint },
      },
      yAxis: {
        type: "value", splitLine: { lineStyle: { color: colour.line } },
        axisLabel: { color: colour.faint, formatter: (value) => short.format(value) },
      },
      series: [
        ...(data.certain.some((value) => value > 0) ? [bar(words.certain, data.certain, colour.won)] : []),
        bar(words.from_pipeline, data.from_pipeline, colour.closing),
        bar(words.new, data.new, colour.acquisition),
        {
          name: words.band, type: "custom", renderItem: whisker, z: 5, itemStyle: { color: colour.text },
          encode: { x: 0, y: [1, 2] }, data: data.labels.map((_label, i) => [i, data.low80[i], data.high80[i]]),
        },
        {
          name: words.target, type: "line", data: data.target, symbol: "none", step: "middle",
          lineStyle: { type: "dashed", width: 2, color: colour.target }, itemStyle: { color: colour.target },
        },
      ],
    };
  }

  // Pages with kinds of their own load them first.
  const KINDS = { revenue, ...window.chartKinds };

  function draw(element) {
    const source = document.getElementById(element.dataset.source);
    const data = source && JSON.parse(source.textContent);
    const isEmpty = !data || !(data.revenue || data.labels).length;
    element.closest(".card")?.toggleAttribute("hidden", isEmpty);
    if (isEmpty) return;
    let chart = drawn.get(element);
    if (!chart) {
      chart = echarts.init(element, null, { renderer: "canvas" });
      drawn.set(element, chart);
      new ResizeObserver(() => chart.resize()).observe(element);
    }
    const colour = colours();
    const option = KINDS[element.dataset.chart](data, colour, { tooltip: tooltip(colour), element });
    chart.setOption(option, { replaceMerge: ["series"] });
  }

  const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);
  document.addEventListener("themechange", drawAll);
  document.addEventListener("htmx:afterSettle", drawAll);
  drawAll();
})();
