// Charts of the founding case: two years, what comes beside the target, hours, waiting, causes.
(function () {
  "use strict";
  const language = document.documentElement.lang;
  const short = new Intl.NumberFormat(language, { notation: "compact", maximumSignificantDigits: 3 });
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });

  const font = () => ({ fontFamily: getComputedStyle(document.body).fontFamily });
  const common = () => ({ aria: { enabled: true }, animationDuration: 300, animationDurationUpdate: 250, textStyle: font() });
  const categories = (labels, colour, more = {}) => ({
    type: "category", data: labels, axisTick: { show: false },
    axisLine: { lineStyle: { color: colour.line } }, axisLabel: { color: colour.faint, ...more },
  });
  const values = (colour, write, more = {}) => ({
    type: "value", splitLine: { lineStyle: { color: colour.line } }, splitNumber: 4,
    axisLabel: { color: colour.faint, formatter: write, hideOverlap: true }, ...more,
  });
  const legend = (colour, data) => ({
    bottom: 0, data, type: "scroll", textStyle: { color: colour.text }, icon: "roundRect", itemWidth: 12, itemHeight: 12,
    pageIconColor: colour.faint, pageTextStyle: { color: colour.faint },
  });
  const PLAIN_GRID = { left: 8, right: 12, top: 16, bottom: 8, containLabel: true };
  const LEGEND_GRID = { ...PLAIN_GRID, bottom: 36 };
  const lines = (rows, write) => [rows[0].axisValueLabel || rows[0].name, ...rows.map((row) => `${row.seriesName}: ${write(row.value)}`)].join("\n");

  function years(data, colour, { tooltip }) {
    const fills = [colour.faint, colour.won];
    return {
      ...common(),
      tooltip: { ...tooltip, formatter: (rows) => lines(rows, (value) => short.format(value)) },
      legend: legend(colour, data.series.map((each) => each.name)),
      grid: LEGEND_GRID,
      xAxis: categories(data.labels, colour),
      yAxis: values(colour, (value) => short.format(value)),
      series: data.series.map((each, i) => ({
        name: each.name, type: "bar", data: each.values, barMaxWidth: 22, itemStyle: { color: fills[i], opacity: i ? 1 : 0.55 },
      })),
    };
  }

  // Lying bars; what comes is solid up to its lower end and pale up to its upper one.
  function outcome(data, colour, { tooltip }) {
    const hue = { base: colour.faint, target: colour.target, worth: colour.acquisition, comes: colour.won };
    const solid = data.bars.map((bar) => {
      const isTarget = bar.kind === "target";
      return {
        value: bar.low,
        itemStyle: isTarget ? { color: "transparent", borderColor: hue.target, borderWidth: 2, borderType: "dashed" } : { color: hue[bar.kind] },
        label: { show: bar.low === bar.high },
      };
    });
    const band = data.bars.map((bar) => ({
      value: bar.high - bar.low, itemStyle: { color: echarts.color.modifyAlpha(hue[bar.kind], 0.4) }, label: { show: bar.high > bar.low },
    }));
    const label = { position: "right", color: colour.text, fontWeight: 600, formatter: (bar) => data.bars[bar.dataIndex].text };
    const write = (rows) => {
      const { low, high, text } = data.bars[rows[0].dataIndex];
      const span = low === high ? short.format(low) : `${short.format(low)} – ${short.format(high)}`;
      return `${rows[0].name}\n${span} (${text})`;
    };
    return {
      ...common(),
      tooltip: { ...tooltip, formatter: write },
      grid: { ...PLAIN_GRID, left: 16, right: 100 },
      xAxis: values(colour, (value) => short.format(value), { splitNumber: 3 }),
      yAxis: { ...categories(data.labels, colour), inverse: true, axisLabel: { color: colour.text } },
      series: [
        { type: "bar", stack: "revenue", data: solid, barMaxWidth: 30, label },
        { type: "bar", stack: "revenue", data: band, barMaxWidth: 30, label },
      ],
    };
  }

  function load(data, colour, { tooltip }) {
    const { words } = data;
    const limit = (name, value, hue) => ({
      name, type: "line", data: data.labels.map(() => value), symbol: "none", silent: true,
      lineStyle: { type: "dashed", width: 1.5, color: hue }, itemStyle: { color: hue },
    });
    return {
      ...common(),
      tooltip: { ...tooltip, formatter: (rows) => `${rows[0].name}\n${words.load}: ${percent.format(rows[0].value)}` },
      legend: legend(colour, [words.load, words.full, words.strained]),
      grid: LEGEND_GRID,
      xAxis: categories(data.labels, colour, { interval: 12, formatter: (_label, week) => data.ticks[week] }),
      yAxis: values(colour, (value) => percent.format(value), { min: 0, max: (range) => Math.max(1.2, Math.ceil(range.max * 10 + 0.5) / 10) }),
      series: [
        {
          name: words.load, type: "line", data: data.values, symbol: "none", lineStyle: { width: 2.5, color: colour.closing },
          itemStyle: { color: colour.closing }, areaStyle: { color: colour.closing, opacity: 0.12 },
        },
        limit(words.full, data.full, colour.target),
        limit(words.strained, data.strained, colour.faint),
      ],
    };
  }

  function waiting(data, colour, { tooltip }) {
    const { words } = data;
    const line = (name, numbers, hue, type) => ({
      name, type: "line", data: numbers, symbol: "none", lineStyle: { width: 2.5, color: hue, type }, itemStyle: { color: hue },
      areaStyle: { color: hue, opacity: 0.12 },
    });
    return {
      ...common(),
      tooltip: { ...tooltip, formatter: (rows) => lines(rows, (value) => whole.format(value)) },
      legend: legend(colour, [words.kind, words.harsh]),
      grid: LEGEND_GRID,
      xAxis: { ...categories(data.labels, colour), boundaryGap: false },
      yAxis: values(colour, (value) => whole.format(value)),
      series: [line(words.kind, data.kind, colour.acquisition, "solid"), line(words.harsh, data.harsh, colour.target, "dashed")],
    };
  }

  function waterfall(data, colour, { tooltip, element }) {
    const isNarrow = element.clientWidth < 480;
    const low = data.steps.map((step) => Math.min(step.from, step.to));
    const size = data.steps.map((step) => Math.abs(step.to - step.from));
    const signed = (step) => (step.is_total ? short.format(step.to) : `${step.to < step.from ? "−" : "+"}${short.format(Math.abs(step.to - step.from))}`);
    const bars = data.steps.map((step, i) => ({
      value: size[i],
      // Above a whole, below a part of the way: so neighbours never write over each other.
      label: { position: step.is_total ? "top" : "bottom" },
      itemStyle: { color: i === 0 ? colour.acquisition : step.is_total ? colour.won : step.to < step.from ? colour.target : colour.tracking },
    }));
    return {
      ...common(),
      tooltip: { ...tooltip, formatter: (rows) => `${rows[0].name}\n${signed(data.steps[rows[0].dataIndex])}` },
      legend: legend(colour, [data.words.target]),
      grid: { ...LEGEND_GRID, top: 24, bottom: 44 },
      xAxis: categories(data.labels, colour, { interval: 0, color: colour.text, width: isNarrow ? 44 : 88, lineHeight: isNarrow ? 12 : 15, overflow: "break", fontSize: isNarrow ? 9 : 12 }),
      yAxis: values(colour, (value) => short.format(value)),
      series: [
        { type: "bar", stack: "fall", data: low, silent: true, itemStyle: { color: "transparent" }, tooltip: { show: false } },
        {
          type: "bar", stack: "fall", data: bars, barMaxWidth: 48,
          label: { show: true, color: colour.text, fontWeight: 600, fontSize: isNarrow ? 10 : 12, formatter: (bar) => signed(data.steps[bar.dataIndex]) },
        },
        {
          name: data.words.target, type: "line", data: data.labels.map(() => data.target), symbol: "none", tooltip: { show: false },
          lineStyle: { type: "dashed", width: 2, color: colour.target }, itemStyle: { color: colour.target },
        },
      ],
    };
  }

  function hours(data, colour, { tooltip }) {
    const { words } = data;
    const hue = { closing: colour.closing, nurturing: colour.tracking, acquisition: colour.acquisition };
    return {
      ...common(),
      tooltip: { ...tooltip, formatter: (rows) => lines(rows, (value) => whole.format(value)) },
      legend: legend(colour, [...data.parts.map((part) => part.name), words.asked]),
      grid: LEGEND_GRID,
      xAxis: categories(data.labels, colour),
      yAxis: values(colour, (value) => whole.format(value)),
      series: [
        ...data.parts.map((part) => ({
          name: part.name, type: "bar", stack: "hours", data: part.values, barMaxWidth: 44, itemStyle: { color: hue[part.part] },
        })),
        {
          name: words.asked, type: "line", data: data.asked, symbol: "none",
          lineStyle: { type: "dashed", width: 2, color: colour.target }, itemStyle: { color: colour.target },
        },
      ],
    };
  }

  window.chartKinds = { ...window.chartKinds, years, outcome, load, waiting, waterfall, hours };
})();
