"use strict";

// Saves what a figure shows: its picture as SVG or PNG, its numbers as CSV.
{
  const MARGIN = 20;
  const SCALE = 2;
  const svgElement = (tag, attributes = {}) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };

  const save = (content, name) => {
    const link = page.element("a", "", { download: name });
    link.href = URL.createObjectURL(content);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  // An element's text in the lines in which it stands on the page, word by word.
  const lines = (element) => {
    const found = [];
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const style = getComputedStyle(node.parentElement);
      for (const { index, 0: word } of node.textContent.matchAll(/\S+/g)) {
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        const place = range.getBoundingClientRect();
        if (!place.width) continue;
        const last = found.at(-1);
        const goes = last && last.style.color === style.color && last.style.fontWeight === style.fontWeight;
        if (goes && Math.abs(last.place.bottom - place.bottom) < 3) last.words.push(word);
        else found.push({ place, style, words: [word] });
      }
    }
    return found;
  };

  const written = ({ place, style, words }, origin) => {
    const text = svgElement("text", {
      x: (place.left - origin.left).toFixed(1),
      // The baseline, near enough: fonts put about a quarter of their height below it.
      y: (place.bottom - origin.top - 0.26 * place.height).toFixed(1),
      fill: style.color,
      "font-size": style.fontSize,
      "font-weight": style.fontWeight,
    });
    text.textContent = words.join(" ");
    return text;
  };

  const TEXTS = ".legend li > span, .group-heading, .panel-title, .chart-title, .panel .note";

  const titled = (figure) => {
    const title = figure.querySelector(".figure-title").textContent;
    const choice = page.choiceText(figure);
    const parts = [
      svgElement("text", { x: 0, y: 18, fill: "var(--ink)", "font-size": "20px", "font-weight": 600 }),
    ];
    parts[0].textContent = title;
    if (choice) {
      parts.push(svgElement("text", { x: 0, y: 41, fill: "var(--muted)", "font-size": "14px" }));
      parts[1].textContent = choice;
    }
    return { title, parts, height: choice ? 60 : 38 };
  };

  // The dots before contestants' names, which are no text.
  const dot = (who, origin) => {
    const place = who.getClientRects()[0];
    const style = getComputedStyle(who);
    const size = parseFloat(style.fontSize);
    return svgElement("circle", {
      cx: (place.left - origin.left + 0.3 * size).toFixed(1),
      cy: (place.top - origin.top + 0.55 * place.height).toFixed(1),
      r: (0.3 * size).toFixed(1),
      fill: style.getPropertyValue("--hue"),
    });
  };

  const nested = (svg, origin) => {
    const place = svg.getBoundingClientRect();
    const copy = svg.cloneNode(true);
    for (const attribute of ["class", "style", "aria-hidden"]) copy.removeAttribute(attribute);
    copy.setAttribute("x", (place.left - origin.left).toFixed(1));
    copy.setAttribute("y", (place.top - origin.top).toFixed(1));
    const alt = svg.closest(".chart")?.getAttribute("aria-label");
    if (alt) {
      const described = svgElement("title");
      described.textContent = alt;
      copy.prepend(described);
    }
    return copy;
  };

  // The view as one document: charts, legend and headings at their places, under the figure's title.
  const composed = (figure) => {
    const view = page.shown(figure);
    const origin = view.getBoundingClientRect();
    const { title, parts, height: head } = titled(figure);
    const texts = [...view.querySelectorAll(TEXTS)];
    const pictures = [...view.querySelectorAll(".chart svg, .legend svg")];
    const bottom = Math.max(...[...texts, ...pictures].map((e) => e.getBoundingClientRect().bottom));
    const width = Math.ceil(origin.width) + 2 * MARGIN;
    const height = Math.ceil(bottom - origin.top) + head + 2 * MARGIN;
    const whole = svgElement("svg", {
      xmlns: "http://www.w3.org/2000/svg",
      width, height, viewBox: `0 0 ${width} ${height}`,
      "font-family": getComputedStyle(document.body).fontFamily.replaceAll('"', "'"),
    });
    const name = svgElement("title");
    name.textContent = title;
    const heading = svgElement("g", { transform: `translate(${MARGIN} ${MARGIN})` });
    heading.append(...parts);
    const body = svgElement("g", { transform: `translate(${MARGIN} ${MARGIN + head})` });
    for (const element of texts) {
      for (const line of lines(element)) body.append(written(line, origin));
      for (const who of element.querySelectorAll(".who")) body.append(dot(who, origin));
    }
    for (const svg of pictures) body.append(nested(svg, origin));
    whole.append(name, svgElement("rect", { width, height, fill: "var(--page)" }), heading, body);
    return { text: resolved(new XMLSerializer().serializeToString(whole)), width, height };
  };

  // Files know nothing of the page's variables: each is replaced by its present value.
  const resolved = (markup) => {
    const style = getComputedStyle(document.documentElement);
    return markup.replace(/var\((--[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim());
  };

  const raster = async ({ text, width, height }) => {
    const picture = new Image();
    picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await picture.decode();
    const canvas = page.element("canvas");
    canvas.width = SCALE * width;
    canvas.height = SCALE * height;
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  };

  // A text that a spreadsheet would run as a formula gets an apostrophe, as in parity-compare export.
  const inert = (text) => {
    const plain = text.normalize("NFKC");
    const formula = /^[\p{Z}\p{C}'"]*[=+\-@]/u.test(plain) || /^[\p{Cc}\p{Zl}\p{Zp}]/u.test(text);
    const ended = text.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
    return formula ? `'${ended}` : ended;
  };

  const field = (value) => {
    if (value === null || value === undefined) return "";
    if (Array.isArray(value)) return value.map(field).join(" ");
    if (typeof value !== "string") return String(value);
    const text = inert(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };

  // One table, or all of them below each other with a column that names them.
  const csv = (tables) => {
    const several = tables.length > 1;
    const columns = [...new Set(tables.flatMap((table) => table.columns))];
    const records = [several ? ["table", ...columns] : columns];
    for (const { name, rows } of tables) {
      for (const row of rows) {
        const values = columns.map((column) => row[column]);
        records.push(several ? [name, ...values] : values);
      }
    }
    return records.map((record) => `${record.map(field).join(",")}\r\n`).join("");
  };

  const makers = {
    svg: (figure) => new Blob([composed(figure).text], { type: "image/svg+xml" }),
    png: (figure) => raster(composed(figure)),
    csv: (figure) => new Blob([csv(page.numbers(page.chartIds(figure)))], { type: "text/csv" }),
  };

  const fileName = (figure) => {
    const names = JSON.parse(figure.dataset.controls);
    const choice = JSON.parse(page.shown(figure).dataset.choice);
    const parts = names.length ? choice.map((part) => part.replace(/[^\w.=-]+/g, "-")) : [];
    return [figure.dataset.figure, ...parts].join("-").slice(0, 100);
  };

  for (const button of document.querySelectorAll("[data-save]")) {
    button.addEventListener("click", async () => {
      const figure = button.closest("[data-figure]");
      const kind = button.dataset.save;
      save(await makers[kind](figure), `${fileName(figure)}.${kind}`);
    });
  }
}
