// Kinds of charts for the funnel: how long stays last and where they go, and how rates move.
(function () {
  "use strict";
  const language = document.documentElement.lang;
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
  const precise = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });

  // Lines of the colour on a ground that is its tint: unresolved is never a plain colour.
  function hatched(colour, surface) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.fillStyle = surface;
    pen.fillRect(0, 0, 8, 8);
    pen.globalAlpha = 0.16;
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 8, 8);
    pen.globalAlpha = 0.7;
    pen.strokeStyle = colour;
    pen.lineWidth = 1.5;
    pen.beginPath();
    [-8, 0, 8].forEach((x) => { pen.moveTo(x, 8); pen.lineTo(x + 8, 0); });
    pen.stroke();
    return { image: tile, repeat: "repeat" };
  }

  // A mixed colour, as the plain one that it is: the canvas library knows no other.
  function plain(colour) {
    const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return `rgb(${[...pen.getImageData(0, 0, 1, 1).data].slice(0, 3).join(", ")})`;
  }

  function fills(element, colour) {
    const probe = document.createElement("span");
    // Where transitions are made short instead of none, a colour would be read before it is there.
    probe.style.setProperty("transition", "none", "important");
    element.append(probe);
    const of = (value) => {
      probe.style.color = value;
      return plain(getComputedStyle(probe).color);
    };
    const part = of("var(--part, var(--tblr-primary))");
    const found = {
      part,
      advanced: part,
      moved_back: of("color-mix(in oklab, var(--tblr-body-color) 38%, var(--tblr-bg-surface))"),
      lost: of("color-mix(in oklab, var(--part-lost) 45%, var(--tblr-bg-surface))"),
      edge: of("var(--lost-edge)"),
    };
    probe.remove();
    found.open = hatched(part, colour.surface);
    found.still = found.open;
    return found;
  }

  function frame(colour, words) {
    return {
      aria: { enabled: true },
      animationDuration: 300,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      legend: {
        type: "scroll", bottom: 0, pageIconColor: colour.faint, pageTextStyle: { color: colour.faint },
        textStyle: { color: colour.text }, icon: "roundRect", itemWidth: 12, itemHeight: 12, data: words,
      },
      grid: { left: 8, right: 36, top: 30, bottom: 40, containLabel: true },
      yAxis: {
        type: "value", min: 0, max: 1, splitLine: { lineStyle: { color: colour.line } },
        axisLabel: { color: colour.faint, formatter: (value) => percent.format(value) },
      },
    };
  }

  function axis(colour) {
    return {
      axisTick: { show: false }, axisLine: { lineStyle: { color: colour.line } },
      axisLabel: { color: colour.faint, hideOverlap: true },
    };
  }

  // Most of what happens happens early: up to where all but one in fifty of the leavers have left.
  function settled(data) {
    const last = data.labels.length - 1;
    const end = data.still[last];
    const place = data.still.findIndex((still) => still - end <= 0.02 * (1 - end));
    return place < 0 ? last : Math.min(place + 3, last);
  }

  function dwell(data, colour, { tooltip, element }) {
    const { words } = data;
    const fill = fills(element, colour);
    const until = settled(data);
    const parts = ["advanced", "moved_back", "lost", "still"].filter((part) => data[part].some((value) => value > 0));
    const area = (part) => ({
      name: words[part], type: "line", stack: "all", symbol: "none", silent: true,
      data: data.labels.slice(0, until + 1).map((day, i) => [day, data[part][i]]),
      lineStyle: { width: part === "lost" ? 1.5 : 0, color: part === "lost" ? fill.edge : fill.part },
      itemStyle: { color: fill[part] }, areaStyle: { color: fill[part], opacity: 1 },
    });
    const format = (rows) => {
      const place = rows[0].dataIndex;
      const lines = [`${words.day} ${whole.format(data.labels[place])}`];
      parts.forEach((part) => lines.push(`${words[part]}: ${precise.format(data[part][place])}`));
      return lines.join("\n");
    };
    return {
      ...frame(colour, parts.map((part) => words[part])),
      tooltip: { ...tooltip, formatter: format },
      xAxis: {
        type: "value", min: 0, max: Math.ceil(data.labels[until]), name: words.day, nameLocation: "end",
        nameGap: 4, nameTextStyle: { color: colour.faint }, splitLine: { show: false }, ...axis(colour),
      },
      series: parts.map(area),
    };
  }

  function trend(data, colour, { tooltip, element }) {
    const { words } = data;
    const fill = fills(element, colour);
    const bar = (part) => ({
      name: words[part], type: "bar", stack: "all", barMaxWidth: 48, data: data[part],
      itemStyle: { color: fill[part], opacity: part === "advanced" ? 0.55 : 1 },
    });
    const whisker = (params, api) => {
      const [x, low] = api.coord([api.value(0), api.value(1)]);
      const high = api.coord([api.value(0), api.value(2)])[1];
      const style = { stroke: colour.text, lineWidth: 1.5, fill: null };
      const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
      return { type: "group", children: [line(x, low, x, high), line(x - 4, low, x + 4, low), line(x - 4, high, x + 4, high)] };
    };
    const format = (rows) => {
      const i = rows[0].dataIndex;
      const lines = [data.labels[i], `${words.entered}: ${whole.format(data.entered[i])}`];
      ["advanced", "moved_back", "lost", "open"].forEach((part) => lines.push(`${words[part]}: ${whole.format(data.counts[part][i])}`));
      if (data.rate[i] !== null) {
        lines.push(`${words.rate}: ${percent.format(data.rate[i])} (${percent.format(data.low80[i])} – ${percent.format(data.high80[i])})`);
      }
      return lines.join("\n");
    };
    const shift = data.drift === null ? {} : {
      markLine: {
        silent: true, symbol: "none", lineStyle: { color: colour.target, type: "solid", width: 2 },
        label: { formatter: words.drift, color: colour.target, position: "end" },
        data: [{ xAxis: data.drift }],
      },
    };
    const known = data.labels.map((_label, i) => i).filter((i) => data.low80[i] !== null);
    return {
      ...frame(colour, ["advanced", "moved_back", "lost", "open", "rate", "band"].map((name) => words[name])),
      tooltip: { ...tooltip, formatter: format },
      xAxis: { type: "category", data: data.labels, ...axis(colour) },
      series: [
        ...["advanced", "moved_back", "lost", "open"].map(bar),
        {
          name: words.rate, type: "line", data: data.rate, symbolSize: 7, z: 6, connectNulls: false,
          lineStyle: { width: 2, color: colour.text }, itemStyle: { color: colour.text }, ...shift,
        },
        {
          name: words.band, type: "custom", renderItem: whisker, z: 5, itemStyle: { color: colour.text },
          encode: { x: 0, y: [1, 2] }, data: known.map((i) => [i, data.low80[i], data.high80[i]]),
        },
      ],
    };
  }

  window.chartKinds = Object.assign(window.chartKinds || {}, { dwell, trend });
})();
