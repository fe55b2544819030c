"use strict";

// The table of every trial, page by page, and the view of one trial with the command for it.
{
  const PAGE = 50;
  const section = document.getElementById("every-trial");

  const start = () => {
    const packed = page.trials();
    const { columns, length, commands, place, parameters, advice } = packed;
    const unpackAll = (packs) =>
      Object.fromEntries(Object.entries(packs).map(([name, pack]) => [name, page.unpack(pack, length)]));
    const rows = unpackAll(packed.rows);
    const texts = unpackAll(packed.shown);
    const commandOf = page.unpack(packed.command_of, length);
    const parametersOf = page.unpack(packed.parameters_of, length);

    const shown = (name, row) => {
      if (texts[name]) return texts[name][row];
      const value = rows[name][row];
      if (value === null || value === "") return "–";
      if (typeof value === "boolean") return value ? "yes" : "no";
      return name === "status" ? value.replaceAll("_", " ") : String(value);
    };

    const who = (row) => {
      const made = page.element("span", rows.learner[row], { class: "who" });
      made.style.setProperty("--hue", `var(--hue-${rows.contestant[row]})`);
      return made;
    };

    const main = columns.filter((column) => column.main);
    const table = section.querySelector("table");
    const body = table.tBodies[0];
    const find = section.querySelector("[data-find]");
    const filters = [...section.querySelectorAll("select[data-filter]")];
    const count = section.querySelector(".count");
    const pages = section.querySelector(".pages");
    const [back, on] = pages.querySelectorAll("button");
    const dialog = document.getElementById("trial");

    const haystacks = [];
    const haystack = (row) =>
      (haystacks[row] ??= columns.map(({ name }) => shown(name, row)).join(" ").toLowerCase());

    for (const select of filters) {
      const name = select.dataset.filter;
      const counts = new Map();
      for (let row = 0; row < length; row++) {
        const text = shown(name, row);
        counts.set(text, (counts.get(text) ?? 0) + 1);
      }
      // A filter that could only leave all or nothing is none.
      select.closest("label").hidden = counts.size < 2;
      for (const [text, number] of counts) {
        select.append(page.element("option", `${text} (${number.toLocaleString("en")})`, { value: text }));
      }
    }

    let order = Array.from({ length }, (_, row) => row);
    let found = order;
    let first = 0;
    let open = -1;

    const line = (row) => {
      const made = document.createElement("tr");
      main.forEach(({ name, kind }) => {
        if (name === "learner") {
          const head = page.element("th", "", { scope: "row" });
          const button = page.element("button", "", { type: "button", class: "open" });
          button.append(who(row));
          button.setAttribute("aria-label", `Details of ${rows.learner[row]}, trial ${rows.trial[row]}`);
          button.addEventListener("click", () => openTrial(row));
          head.append(button);
          made.append(head);
          return;
        }
        const cell = page.element("td", shown(name, row), kind === "number" ? { class: "number" } : {});
        if (name === "status" && !rows.solved[row]) cell.classList.add("failed");
        made.append(cell);
      });
      return made;
    };

    const fill = () => {
      const last = Math.min(first + PAGE, found.length);
      body.replaceChildren(...found.slice(first, last).map(line));
      const sheets = Math.max(1, Math.ceil(found.length / PAGE));
      pages.hidden = length <= PAGE;
      pages.querySelector("span").textContent = `Page ${first / PAGE + 1} of ${sheets}`;
      back.disabled = first === 0;
      on.disabled = last >= found.length;
      count.textContent =
        found.length === length
          ? page.plural(length, "trial")
          : `${found.length.toLocaleString("en")} of ${page.plural(length, "trial")}`;
    };

    const select = () => {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = filters.filter((one) => one.value).map((one) => [one.dataset.filter, one.value]);
      found = order.filter(
        (row) =>
          wanted.every(([name, text]) => shown(name, row) === text) &&
          (!words.length || words.every((word) => haystack(row).includes(word))),
      );
      first = 0;
      fill();
    };

    section.querySelector(".controls").addEventListener("input", select);
    for (const button of [back, on]) {
      button.addEventListener("click", () => {
        first += PAGE * Number(button.dataset.page);
        fill();
        section.querySelector(".scroll").scrollTop = 0;
      });
    }
    page.sortable(table, (column, sign) => {
      const values = rows[main[column].name];
      order = Array.from({ length }, (_, row) => row);
      order.sort((a, b) => page.compare(values[a], values[b], sign) || a - b);
      select();
    });

    const part = (name) => dialog.querySelector(name);

    // The elements of a set, those that the other lacks marked in words and in colour.
    const elements = (name, row) => {
      const text = rows[name][row];
      const own = text.match(/\d+/g) ?? [];
      const other = rows[name === "answer" ? "secret" : "answer"][row].match(/\d+/g) ?? [];
      const box = part(`[data-set=${name}]`);
      if (!own.length) {
        box.replaceChildren(page.element("span", "none given", { class: "muted" }));
        return;
      }
      box.replaceChildren(
        ...own.map((element) => {
          // Without an answer nothing is right or wrong.
          const wrong = other.length > 0 && !other.includes(element);
          const chip = page.element("span", element, { class: wrong ? "chip wrong" : "chip" });
          if (wrong) chip.append(page.element("small", name === "answer" ? " not in S" : " missed"));
          return chip;
        }),
      );
    };

    // A command ends its lines at spaces alone, never after the hyphens of an option.
    const unbroken = (command) =>
      command.split(/( )/).map((word) => (word === " " ? word : page.element("span", word)));

    const describe = (row) => {
      open = row;
      const title = part("#trial-title");
      title.replaceChildren(who(row), `, trial ${rows.trial[row]}`);
      const ended = shown("status", row);
      const solved = rows.solved[row];
      part(".ending").textContent = `Ended: ${ended}; ${solved ? "solved" : "not solved"}.`;
      part(".ending").classList.toggle("failed", !solved);
      part(".message").textContent = rows.message[row] ?? "";
      const advised = advice[rows.status[row]] ?? "";
      part(".advice").textContent = solved || advised === rows.message[row] ? "" : advised;
      elements("secret", row);
      elements("answer", row);
      part(".facts").replaceChildren(
        ...columns
          .filter(({ name }) => !["message", "secret", "answer", "learner"].includes(name))
          .map(({ name, label }) => {
            const pair = page.element("div");
            pair.append(page.element("dt", label), page.element("dd", shown(name, row)));
            return pair;
          }),
      );
      part(".parameters").textContent = parameters[parametersOf[row]] || "none";
      const template = commands[commandOf[row]];
      const command = template.replace(place, () => rows.trial[row]);
      part("[data-command]").replaceChildren(...unbroken(command));
      part(".copying span").textContent = "";
      const at = found.indexOf(row);
      part("[data-step='-1']").disabled = at <= 0;
      part("[data-step='1']").disabled = at < 0 || at >= found.length - 1;
    };

    let opener = null;
    const openTrial = (row) => {
      opener = document.activeElement;
      describe(row);
      dialog.showModal();
      dialog.scrollTop = 0;
    };
    dialog.addEventListener("close", () => opener?.focus());
    part("[data-close]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => {
      // Only the ground around the dialog is the dialog itself: its content fills it.
      if (event.target === dialog) dialog.close();
    });
    for (const button of dialog.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => {
        describe(found[found.indexOf(open) + Number(button.dataset.step)]);
      });
    }
    part("[data-copy]").addEventListener("click", async () => {
      const command = part("[data-command]");
      let said = "Copied.";
      try {
        await navigator.clipboard.writeText(command.textContent);
      } catch {
        getSelection().selectAllChildren(command);
        said = "Selected: copy it with the keyboard.";
      }
      part(".copying span").textContent = said;
    });

    select();
  };

  // The charts come first, unless the reader is here before them.
  if (section) {
    let begun = false;
    const begin = () => {
      if (begun) return;
      begun = true;
      nearby.disconnect();
      start();
    };
    const nearby = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && begin(),
      { rootMargin: "600px" },
    );
    nearby.observe(section);
    page.charts.then(begin);
    addEventListener("beforeprint", begin);
  }
}
