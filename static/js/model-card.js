// Charts of the model card: forecasts beside what came, and whether chances come true.
(function () {
  "use strict";
  const language = document.documentElement.lang;
  const short = new Intl.NumberFormat(language, { notation: "compact", maximumSignificantDigits: 3 });
  const share = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
  const finer = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
  const FAINT = 0.32;

  function common(colour) {
    return {
      animationDuration: 300,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      legend: { type: "scroll", bottom: 0, textStyle: { color: colour.text }, itemWidth: 12, itemHeight: 12, pageIconColor: colour.faint, pageTextStyle: { color: colour.faint } },
      grid: { left: 8, right: 16, top: 16, bottom: 36, containLabel: true },
    };
  }

  function axis(colour, more) {
    return {
      axisLine: { lineStyle: { color: colour.line } },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: colour.line } },
      axisLabel: { color: colour.faint },
      nameTextStyle: { color: colour.faint },
      ...more,
    };
  }

  // A bar from the low to the high end with the forecast across it; dashed while it is not over.
  function bandBar(data, colour) {
    return (params, api) => {
      const i = api.value(0);
      const [x, low] = api.coord([i, api.value(1)]);
      const high = api.coord([i, api.value(2)])[1];
      const middle = api.coord([i, data.forecast[i]])[1];
      const half = Math.min(11, api.size([1, 0])[0] * 0.36);
      const over = data.steps[i] === data.horizon;
      return {
        type: "group",
        children: [
          {
            type: "rect",
            shape: { x: x - half, y: high, width: 2 * half, height: low - high },
            style: over ? { fill: colour.closing, opacity: FAINT } : { fill: "transparent", stroke: colour.closing, lineDash: [3, 3] },
          },
          {
            type: "line",
            shape: { x1: x - half, x2: x + half, y1: middle, y2: middle },
            style: { stroke: colour.closing, lineWidth: 2.5 },
          },
        ],
      };
    };
  }

  function forecasts(data, colour, { tooltip }) {
    const { words } = data;
    const whole = data.steps.map((steps) => steps === data.horizon);
    const when = (chosen, values) => values.map((value, i) => (chosen(i) ? value : null));
    const told = (rows) => {
      const i = rows[0].dataIndex;
      const lines = [data.labels[i], `${words.forecast}: ${short.format(data.forecast[i])}`];
      if (data.low[i] !== null) lines.push(`${words.band}: ${short.format(data.low[i])} – ${short.format(data.high[i])}`);
      lines.push(`${words.actual}: ${short.format(data.actual[i])}`);
      if (!whole[i]) lines.push(words.steps.replace("{steps}", data.steps[i]).replace("{horizon}", data.horizon));
      return lines.join("\n");
    };
    // A band too wide to say anything must not flatten all the others.
    const most = 2 * Math.max(...data.actual, ...data.forecast);
    const bands = data.labels
      .map((_label, i) => [i, data.low[i] ?? data.forecast[i], Math.min(data.high[i] ?? most, most)]);
    return {
      ...common(colour),
      tooltip: { ...tooltip, formatter: told },
      xAxis: axis(colour, { type: "category", data: data.labels, splitLine: { show: false } }),
      yAxis: axis(colour, { type: "value", axisLine: { show: false }, axisLabel: { color: colour.faint, formatter: (value) => short.format(value) } }),
      series: [
        { name: words.band, type: "custom", renderItem: bandBar(data, colour), data: bands, encode: { x: 0, y: [1, 2] }, itemStyle: { color: colour.closing, opacity: FAINT } },
        { name: words.actual, type: "line", data: when((i) => whole[i], data.actual), symbol: "circle", symbolSize: 8, lineStyle: { color: colour.won, width: 2 }, itemStyle: { color: colour.won }, z: 5 },
        ...(whole.every(Boolean) ? [] : [{ name: words.part, type: "line", data: when((i) => !whole[i], data.actual), symbol: "circle", symbolSize: 7, lineStyle: { color: colour.won, width: 1, type: "dashed" }, itemStyle: { color: colour.surface, borderColor: colour.won, borderWidth: 1.5 }, z: 5 }]),
      ],
    };
  }

  function whisker(colour) {
    return (params, api) => {
      const [x, low] = api.coord([api.value(0), api.value(1)]);
      const high = api.coord([api.value(0), api.value(2)])[1];
      const style = { stroke: colour.closing, lineWidth: 1.5 };
      const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
      return { type: "group", children: [line(x, low, x, high), line(x - 4, low, x + 4, low), line(x - 4, high, x + 4, high)] };
    };
  }

  function reliability(data, colour, { tooltip }) {
    const { words, bins } = data;
    const ends = bins.flatMap((bin) => [bin.mean_chance, bin.high80]);
    const most = Math.min(1, Math.ceil(10 * Math.max(0.05, ...ends)) / 10);
    const deals = Math.max(...bins.map((bin) => bin.deals));
    const told = (point) => {
      const bin = bins[point.dataIndex];
      return [
        `${words.chance}: ${finer.format(bin.mean_chance)}`,
        `${words.won}: ${finer.format(bin.won_share)}`,
        `${words.band}: ${share.format(bin.low80)} – ${share.format(bin.high80)}`,
        `${words.deals}: ${short.format(bin.deals)}`,
      ].join("\n");
    };
    const scale = (name) => axis(colour, { type: "value", min: 0, max: most, name, nameLocation: "middle", nameGap: 30, axisLabel: { color: colour.faint, formatter: (value) => share.format(value) } });
    return {
      ...common(colour),
      grid: { left: 34, right: 16, top: 16, bottom: 64, containLabel: true },
      tooltip: { ...tooltip, trigger: "item", formatter: told },
      xAxis: scale(words.chance),
      yAxis: { ...scale(words.won), nameGap: 44 },
      series: [
        { name: words.perfect, type: "line", data: [[0, 0], [most, most]], symbol: "none", silent: true, tooltip: { show: false }, lineStyle: { color: colour.faint, type: "dashed", width: 1 }, itemStyle: { color: colour.faint } },
        { name: words.band, type: "custom", renderItem: whisker(colour), data: bins.map((bin) => [bin.mean_chance, bin.low80, bin.high80]), encode: { x: 0, y: [1, 2] }, itemStyle: { color: colour.closing } },
        { name: words.won, type: "scatter", data: bins.map((bin) => [bin.mean_chance, bin.won_share]), symbolSize: (_value, point) => 7 + 9 * Math.sqrt(bins[point.dataIndex].deals / deals), itemStyle: { color: colour.won }, z: 5 },
      ],
    };
  }

  window.chartKinds = { ...window.chartKinds, forecasts, reliability };
})();
