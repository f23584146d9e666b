// Pictures as files: an element with data-png="<id>" saves the chart or the drawing of that id, under
// its data-png-title and data-png-about: what it shows, of which pipeline, and as of when.
(function () {
  "use strict";
  const SHARPER = 2;
  const MARGIN = 12;
  const LINE = 1.35;
  const DRAWN_BY = [
    "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family",
    "font-size", "font-weight", "text-anchor", "dominant-baseline", "color", "display", "visibility",
    "vector-effect",
  ];

  // light-dark() and variables only become a colour the canvas knows once they are computed.
  function colourOf(name) {
    const probe = document.createElement("span");
    // Where transitions are made short instead of none, a colour would be read before it is there.
    probe.style.setProperty("transition", "none", "important");
    document.body.append(probe);
    probe.style.color = `var(${name})`;
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  }

  const ground = () => colourOf("--tblr-bg-surface");

  function save(address, name) {
    const link = document.createElement("a");
    link.href = address;
    link.download = `${name}.png`;
    document.body.append(link);
    link.click();
    link.remove();
  }

  // The page's style sheets do not reach into an image, so every part carries its own look.
  function selfContained(svg) {
    const copy = svg.cloneNode(true);
    const { width, height } = svg.getBoundingClientRect();
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    const parts = [svg, ...svg.querySelectorAll("*")];
    [copy, ...copy.querySelectorAll("*")].forEach((part, i) => {
      const look = getComputedStyle(parts[i]);
      DRAWN_BY.forEach((name) => part.setAttribute(name, look.getPropertyValue(name)));
      part.removeAttribute("class");
    });
    return { copy, width, height };
  }

  function loaded(address) {
    return new Promise((resolve, reject) => {
      const image = new Image();
      image.onload = () => resolve(image);
      image.onerror = reject;
      image.src = address;
    });
  }

  async function drawn(svg) {
    const { copy, width, height } = selfContained(svg);
    const text = new XMLSerializer().serializeToString(copy);
    const image = await loaded(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`);
    return { image, width, height };
  }

  function canvas(width, height) {
    const sheet = document.createElement("canvas");
    sheet.width = Math.ceil(width * SHARPER);
    sheet.height = Math.ceil(height * SHARPER);
    const pen = sheet.getContext("2d");
    pen.scale(SHARPER, SHARPER);
    pen.fillStyle = ground();
    pen.fillRect(0, 0, width, height);
    return { sheet, pen };
  }

  function words(pen, root, frame) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (!node.data.trim() || node.parentElement.closest("svg, [hidden], .visually-hidden")) continue;
      const look = getComputedStyle(node.parentElement);
      pen.font = `${look.fontWeight} ${look.fontSize} ${look.fontFamily}`;
      pen.letterSpacing = look.letterSpacing === "normal" ? "0px" : look.letterSpacing;
      pen.fillStyle = look.color;
      pen.textBaseline = "middle";
      lines(node).forEach(({ text, box }) => {
        pen.fillText(look.textTransform === "uppercase" ? text.toUpperCase() : text, box.left - frame.left, (box.top + box.bottom) / 2 - frame.top);
      });
    }
  }

  // A text is broken where the page breaks it: one box for every line it takes.
  function lines(node) {
    const range = document.createRange();
    const found = [];
    [...node.data.matchAll(/\s*\S+/g)].forEach((word) => {
      const begins = word.index + word[0].search(/\S/);
      range.setStart(node, begins);
      range.setEnd(node, word.index + word[0].length);
      const box = range.getBoundingClientRect();
      const line = found.at(-1);
      if (!box.width) return;
      if (line && Math.abs(line.box.top - box.top) < 2) line.text += ` ${word[0].trim()}`;
      else found.push({ text: word[0].trim(), box });
    });
    return found;
  }

  // What stands over a picture, broken into lines as its width allows.
  function headOf({ pngTitle, pngAbout }, width) {
    const pen = document.createElement("canvas").getContext("2d");
    const family = getComputedStyle(document.body).fontFamily;
    const found = [];
    let height = MARGIN;
    [[pngTitle, 16, 600, "--tblr-body-color"], [pngAbout, 12, 400, "--tblr-secondary"]].forEach(
      ([text, size, weight, colour]) => {
        pen.font = `${weight} ${size}px ${family}`;
        broken(pen, text || "", width - 2 * MARGIN).forEach((line) => {
          found.push({ line, font: pen.font, colour: colourOf(colour), at: height + (size * LINE) / 2 });
          height += size * LINE;
        });
      },
    );
    return { found, height: found.length ? Math.ceil(height) : 0 };
  }

  // Between words, and between any two signs of a script that has no spaces.
  function broken(pen, text, width) {
    const parts = text.match(/\s*(?:[\u2e80-\u9fff\uff00-\uffef]|[^\s\u2e80-\u9fff\uff00-\uffef]+)/g) || [];
    const found = [];
    parts.forEach((part) => {
      const longer = (found.at(-1) || "") + part;
      if (found.length && pen.measureText(longer).width <= width) found[found.length - 1] = longer;
      else found.push(part.trimStart());
    });
    return found;
  }

  function writeHead(pen, head) {
    pen.textBaseline = "middle";
    head.found.forEach(({ line, font, colour, at }) => {
      Object.assign(pen, { font, fillStyle: colour });
      pen.fillText(line, MARGIN, at);
    });
    pen.translate(0, head.height);
  }

  // A picture made of drawings and words: each where the page has it.
  async function saveWhole(root, name, about) {
    const frame = root.getBoundingClientRect();
    const head = headOf(about, frame.width + 2 * MARGIN);
    const { sheet, pen } = canvas(frame.width + 2 * MARGIN, head.height + frame.height + 2 * MARGIN);
    writeHead(pen, head);
    pen.translate(MARGIN, MARGIN);
    for (const svg of root.matches("svg") ? [root] : root.querySelectorAll("svg")) {
      const box = svg.getBoundingClientRect();
      if (!box.width) continue;
      const { image, width, height } = await drawn(svg);
      pen.drawImage(image, box.left - frame.left, box.top - frame.top, width, height);
    }
    words(pen, root, frame);
    save(sheet.toDataURL("image/png"), name);
  }

  async function saveChart(chart, name, about) {
    const look = { type: "png", pixelRatio: SHARPER, backgroundColor: ground() };
    const image = await loaded(chart.getDataURL(look));
    const [width, height] = [chart.getWidth(), chart.getHeight()];
    const head = headOf(about, width);
    const { sheet, pen } = canvas(width, head.height + height);
    writeHead(pen, head);
    pen.drawImage(image, 0, 0, width, height);
    save(sheet.toDataURL("image/png"), name);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-png]");
    const picture = button && document.getElementById(button.dataset.png);
    if (!picture) return;
    const name = button.dataset.pngName || picture.id;
    const chart = window.echarts?.getInstanceByDom(picture);
    if (chart) saveChart(chart, name, button.dataset);
    else saveWhole(picture, name, button.dataset);
  });
})();
