// Pictures as files: an element with data-png="<id>" saves the chart or the drawing of that id.
(function () {
  "use strict";
  const SHARPER = 2;
  const MARGIN = 12;
  const DRAWN_BY = [
    "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family",
    "font-size", "font-weight", "text-anchor", "dominant-baseline", "color", "display", "visibility",
    "vector-effect",
  ];

  // light-dark() and variables only become a colour the canvas knows once they are computed.
  function ground() {
    const probe = document.createElement("span");
    // Where transitions are made short instead of none, a colour would be read before it is there.
    probe.style.setProperty("transition", "none", "important");
    document.body.append(probe);
    probe.style.color = "var(--tblr-bg-surface)";
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  }

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
      if (!node.data.trim() || node.parentElement.closest("svg, [hidden]")) continue;
      const look = getComputedStyle(node.parentElement);
      pen.font = `${look.fontWeight} ${look.fontSize} ${look.fontFamily}`;
      pen.fillStyle = look.color;
      pen.textBaseline = "middle";
      lines(node).forEach(({ text, box }) => {
        pen.fillText(text, box.left - frame.left, (box.top + box.bottom) / 2 - frame.top);
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

  // A picture made of drawings and words: each where the page has it.
  async function saveWhole(root, name) {
    const frame = root.getBoundingClientRect();
    const { sheet, pen } = canvas(frame.width + 2 * MARGIN, frame.height + 2 * MARGIN);
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

  function saveChart(chart, name) {
    const look = { type: "png", pixelRatio: SHARPER, backgroundColor: ground() };
    save(chart.getDataURL(look), name);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-png]");
    const picture = button && document.getElementById(button.dataset.png);
    if (!picture) return;
    const name = button.dataset.pngName || picture.id;
    const chart = window.echarts?.getInstanceByDom(picture);
    if (chart) saveChart(chart, name);
    else saveWhole(picture, name);
  });
})();
