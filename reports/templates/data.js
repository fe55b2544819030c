"use strict";

// The page's data, which is kept column by column, and what the scripts share with each other.

const page = {};
{
  const read = (id) => {
    const holder = document.getElementById(id);
    return holder ? JSON.parse(holder.textContent) : null;
  };

  // A column is its values, one value for all rows, or distinct values and each row's place there.
  page.unpack = (packed, length) => {
    if (Array.isArray(packed)) return packed;
    if ("same" in packed) return new Array(length).fill(packed.same);
    return packed.at.map((place) => (place < 0 ? undefined : packed.of[place]));
  };

  let payload;
  page.payload = () => (payload ??= read("payload"));

  // The table of trials is large and seldom needed at once: it is read when it is shown.
  page.trials = () => read("trials-payload");

  // Tables of different lengths may share a column that is the same in every row.
  const columns = new Map();
  const column = (index, length) => {
    const key = `${index} ${length}`;
    if (!columns.has(key)) columns.set(key, page.unpack(page.payload().columns[index], length));
    return columns.get(key);
  };

  // The rows of a table that match any of the filters; a row without a column matches any value.
  page.rows = (index, filters) => {
    const table = page.payload().tables[index];
    const unpacked = Object.entries(table.columns).map(([name, place]) => [
      name,
      column(place, table.length),
    ]);
    const byName = new Map(unpacked);
    const tests = filters.map((filter) =>
      Object.entries(filter ?? {})
        .filter(([name]) => byName.has(name))
        .map(([name, value]) => [byName.get(name), value]),
    );
    const matches = (row) =>
      tests.some((test) =>
        test.every(([values, value]) => values[row] === value || values[row] === undefined),
      );
    const rows = [];
    for (let row = 0; row < table.length; row++) {
      if (!matches(row)) continue;
      const made = {};
      for (const [name, values] of unpacked) {
        if (values[row] !== undefined) made[name] = values[row];
      }
      rows.push(made);
    }
    return rows;
  };

  // The numbers behind the charts with these identifiers, by table, without what is only drawing.
  page.numbers = (ids) => {
    const { charts, tables, drawing } = page.payload();
    const filters = new Map();
    for (const id of ids) {
      const { data, where } = charts[id];
      for (const index of new Set(Object.values(data))) {
        filters.set(index, [...(filters.get(index) ?? []), where]);
      }
    }
    return [...filters].map(([index, wheres]) => ({
      name: tables[index].name,
      columns: Object.keys(tables[index].columns).filter((name) => !drawing.includes(name)),
      rows: page.rows(index, wheres),
    }));
  };

  // An element with text in it, which stays text whoever wrote it.
  page.element = (tag, text = "", attributes = {}) => {
    const made = document.createElement(tag);
    made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };
}
