"use strict";

// Sorts and filters tables whose rows stand in the page.
{
  const key = (row, column) => {
    const cell = row.cells[column];
    const value = cell.dataset.key ?? cell.textContent.trim();
    const number = Number(value);
    return value === "" || Number.isNaN(number) ? value : number;
  };

  // Numbers before texts, nothing last, whichever way the rest is sorted.
  page.compare = (a, b, sign) => {
    const empty = (value) => value === null || value === undefined || value === "";
    if (empty(a) || empty(b)) return empty(a) - empty(b);
    if (typeof a !== "string" && typeof b !== "string") return a === b ? 0 : sign * (a < b ? -1 : 1);
    if (typeof a !== "string") return -sign;
    if (typeof b !== "string") return sign;
    return sign * a.localeCompare(b, "en", { numeric: true });
  };

  // Makes a table's headings sort: calls back with the heading and 1 for rising, -1 for falling.
  page.sortable = (table, sort) => {
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      heading.querySelector("button").addEventListener("click", () => {
        const falling = heading.getAttribute("aria-sort") === "ascending";
        for (const other of headings) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
        sort(column, falling ? -1 : 1);
      });
    });
  };

  page.plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

  const lines = (group) => [...group.rows].filter((row) => !row.classList.contains("group"));

  for (const table of document.querySelectorAll("table.sortable")) {
    page.sortable(table, (column, sign) => {
      // Rows move within their instance only; its heading stays on top.
      for (const group of table.tBodies) {
        const rows = lines(group);
        rows.sort((a, b) => page.compare(key(a, column), key(b, column), sign));
        group.append(...rows);
      }
    });
  }

  const section = document.getElementById("summary-table");
  if (section) {
    const groups = [...section.querySelector("table").tBodies];
    const find = section.querySelector("[data-find]");
    const boxes = [...section.querySelectorAll("[data-filter]")];
    const count = section.querySelector(".count");
    const total = groups.reduce((sum, group) => sum + lines(group).length, 0);

    const filter = () => {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      const allowed = boxes.map((box) => [
        box.dataset.filter,
        new Set([...box.querySelectorAll("input:checked")].map((input) => input.value)),
      ]);
      let left = 0;
      for (const group of groups) {
        const heading = group.rows[0].textContent;
        let some = false;
        for (const row of lines(group)) {
          // What was run and how it ended; its numbers would be found by chance.
          const ended = row.cells[row.cells.length - 1].textContent;
          const facts = [heading, row.cells[0].textContent, ...Object.values(row.dataset), ended];
          const text = facts.join(" ").toLowerCase();
          const shown =
            allowed.every(([name, values]) => values.has(row.dataset[name])) &&
            words.every((word) => text.includes(word));
          row.hidden = !shown;
          some ||= shown;
          left += shown;
        }
        group.hidden = !some;
      }
      count.textContent =
        left === total ? page.plural(total, "row") : `${left.toLocaleString("en")} of ${page.plural(total, "row")}`;
    };
    section.querySelector(".controls").addEventListener("input", filter);
    filter();
  }
}
