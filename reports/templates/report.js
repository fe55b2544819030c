"use strict";

// Draws the charts, one after the other so that the page stays responsive, and sorts the tables.

const drawing = (async () => {
  const holder = document.getElementById("payload");
  if (!holder || !window.vegaEmbed) return;
  const { theme, specs, data, charts } = JSON.parse(holder.textContent);
  for (const { id, spec, data: place, alt } of charts) {
    const box = document.getElementById(id);
    const options = {
      renderer: "svg",
      actions: false,
      ast: true, // expressions are interpreted, not compiled: the content policy forbids eval
      config: theme,
      tooltip: { theme: "custom" },
    };
    // The embedding works on its own copy: charts share specifications and data.
    const chart = structuredClone({ ...specs[spec], description: alt });
    chart.datasets = { ...chart.datasets, ...structuredClone(data[place]) };
    try {
      await window.vegaEmbed(box, chart, options);
      box.dataset.drawn = "yes";
    } catch (error) {
      box.textContent = `This chart could not be drawn: ${error.message}`;
      console.error(error);
    }
  }
})();
drawing.finally(() => document.documentElement.setAttribute("data-ready", ""));

// SVG files know nothing of the page's variables: each is replaced by its present value.
const resolved = (markup) => {
  const style = getComputedStyle(document.documentElement);
  return markup.replace(/var\((--[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim());
};

for (const button of document.querySelectorAll("button[data-save]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const figure = button.closest("figure");
    figure.querySelectorAll(".chart svg").forEach((svg, number) => {
      const link = document.createElement("a");
      const file = new Blob([resolved(svg.outerHTML)], { type: "image/svg+xml" });
      link.href = URL.createObjectURL(file);
      link.download = `${button.dataset.save}-${number + 1}.svg`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    });
  });
}

const key = (row, column) => {
  const cell = row.cells[column];
  const value = cell.dataset.key ?? cell.textContent.trim();
  const number = Number(value);
  return value === "" || Number.isNaN(number) ? value : number;
};

const compare = (a, b) => {
  if (typeof a === "number" && typeof b === "number") return a === b ? 0 : a < b ? -1 : 1;
  if (typeof a === "number") return -1;
  if (typeof b === "number") return 1;
  return a.localeCompare(b, undefined, { numeric: true });
};

for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = heading.querySelector("button");
    button.addEventListener("click", () => {
      const falling = heading.getAttribute("aria-sort") === "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
      const sign = falling ? -1 : 1;
      // Rows move within their instance only; its heading stays on top.
      for (const group of table.tBodies) {
        const rows = [...group.rows].filter((row) => !row.classList.contains("group"));
        rows.sort((a, b) => sign * compare(key(a, column), key(b, column)));
        group.append(...rows);
      }
    });
  });
}
