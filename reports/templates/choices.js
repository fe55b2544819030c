"use strict";

// Shows the view of every figure that its reader has chosen: one switch of currencies for all
// figures, and each figure's own controls. Also shows the numbers behind a view as a table.
{
  const ROWS_AT_MOST = 500;

  const chosen = (control) => {
    if (control.tagName !== "FIELDSET") return control.value;
    const ticked = [...control.querySelectorAll("input:checked")].map((input) => input.value);
    return ticked.join("+");
  };

  // The figure's own control of this name, or the page's.
  const control = (figure, name) => {
    const named = `[data-control="${CSS.escape(name)}"]`;
    return figure.querySelector(named) ?? document.querySelector(`.currency ${named}`);
  };

  const names = (figure) => JSON.parse(figure.dataset.controls);

  page.shown = (figure) => figure.querySelector(".view:not([hidden])");
  page.chartIds = (figure) => [...page.shown(figure).querySelectorAll(".chart")].map((box) => box.id);

  const inWords = (control) => {
    if (control.type === "hidden") return "";
    if (control.tagName === "SELECT") {
      const label = control.parentElement.firstChild.textContent.trim();
      return `${label}: ${control.selectedOptions[0].textContent}`;
    }
    const ticked = [...control.querySelectorAll("input:checked")];
    const labels = ticked.map((input) => input.nextElementSibling.textContent);
    return `${control.querySelector("legend").textContent}: ${labels.join(", ")}`;
  };

  // What was chosen, for pictures that leave the page: "Currency: Seconds".
  page.choiceText = (figure) =>
    names(figure)
      .map((name) => inWords(control(figure, name)))
      .filter(Boolean)
      .join("  ·  ");

  const written = (cell) => {
    if (cell === null || cell === undefined) return "–";
    if (typeof cell === "boolean") return cell ? "yes" : "no";
    return Array.isArray(cell) ? cell.join(" ") : String(cell);
  };

  const numbersTable = ({ name, columns, rows }) => {
    const shown = rows.slice(0, ROWS_AT_MOST);
    const table = page.element("table");
    table.append(page.element("caption", name.replaceAll("_", " ")));
    const head = table.createTHead().insertRow();
    const numeric = columns.map((column) => rows.every((row) => typeof (row[column] ?? 0) === "number"));
    columns.forEach((column, i) =>
      head.append(
        page.element("th", column.replaceAll("_", " "), {
          scope: "col",
          ...(numeric[i] ? { class: "number" } : {}),
        }),
      ),
    );
    const body = table.createTBody();
    for (const row of shown) {
      const line = body.insertRow();
      columns.forEach((column, i) =>
        line.append(page.element("td", written(row[column]), numeric[i] ? { class: "number" } : {})),
      );
    }
    if (rows.length <= shown.length) return [table];
    const note = `The first ${ROWS_AT_MOST} of ${rows.length.toLocaleString("en")} rows; CSV saves all.`;
    return [table, page.element("p", note, { class: "note" })];
  };

  const fillNumbers = (figure) => {
    const title = figure.querySelector(".figure-title").textContent;
    const boxes = page.numbers(page.chartIds(figure)).map((numbers) => {
      const box = page.element("div", "", {
        class: "scroll", tabindex: "0", role: "region",
        "aria-label": `Numbers of ${title}: ${numbers.name.replaceAll("_", " ")}`,
      });
      box.append(...numbersTable(numbers));
      return box;
    });
    figure.querySelector(".numbers").replaceChildren(...boxes);
  };

  const show = (figure) => {
    const choice = JSON.stringify(names(figure).map((name) => chosen(control(figure, name))));
    let changed = false;
    for (const view of figure.querySelectorAll(".view")) {
      const hidden = JSON.stringify(JSON.parse(view.dataset.choice)) !== choice;
      changed ||= hidden !== view.hidden;
      view.hidden = hidden;
    }
    const empty = !page.chartIds(figure).length;
    for (const button of figure.querySelectorAll(".actions button")) button.disabled = empty;
    const numbers = figure.querySelector(".numbers");
    if (changed && !numbers.hidden) fillNumbers(figure);
  };

  const figures = [...document.querySelectorAll("[data-figure]")];
  figures.forEach(show);

  document.addEventListener("change", ({ target }) => {
    const changed = target.closest("[data-control]");
    if (!changed) return;
    // At least one of several stays chosen.
    if (changed.hasAttribute("data-several") && !changed.querySelector("input:checked")) {
      target.checked = true;
      return;
    }
    const figure = changed.closest("[data-figure]");
    (figure ? [figure] : figures).forEach(show);
    page.draw();
  });

  for (const button of document.querySelectorAll("[data-numbers]")) {
    button.addEventListener("click", () => {
      const figure = button.closest("[data-figure]");
      const numbers = figure.querySelector(".numbers");
      numbers.hidden = !numbers.hidden;
      button.setAttribute("aria-expanded", String(!numbers.hidden));
      if (numbers.hidden) numbers.replaceChildren();
      else fillNumbers(figure);
    });
  }
}
