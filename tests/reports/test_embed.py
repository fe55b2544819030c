"""Data in the page: escaped, each part once, and read back as it was."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import cell, results

from parity_compare.reports.digest import digest
from parity_compare.reports.embed import (
    MISSING,
    inline_script,
    json_for_script,
    named_charts,
    packed,
    payload,
    trials_payload,
)
from parity_compare.reports.figure import Caption, Chart, Control, Figure, Panel, View
from parity_compare.reports.trials import trials_table

HOSTILE = "</script><img src=x onerror=alert(1)><!-- <b> & ' \" \u2028 {{ 7 * 7 }}"


def unpacked(column: Any, length: int) -> list[Any]:
    """A column as the page's scripts read it."""
    if isinstance(column, list):
        return column
    if "same" in column:
        return [column["same"]] * length
    return [MISSING if place < 0 else column["of"][place] for place in column["at"]]


def test_json_in_a_script_is_escaped_and_reads_back() -> None:
    value = {HOSTILE: [HOSTILE, "\u2029", math.nan, math.inf, -math.inf, 0.5, None, True]}
    text = str(json_for_script(value))
    for forbidden in "<>&\u2028\u2029":
        assert forbidden not in text
    assert json.loads(text) == {HOSTILE: [HOSTILE, "\u2029", None, None, None, 0.5, None, True]}


@pytest.mark.parametrize("script", ["a = '</SCRIPT>'", "// <!-- "])
def test_a_script_that_would_end_its_element_is_refused(script: str) -> None:
    with pytest.raises(ValueError, match="script must not contain"):
        inline_script(script)


cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.text(max_size=3),
    st.lists(st.integers(0, 2), max_size=2),
    st.just(MISSING),
)


@given(st.lists(cells, max_size=12))
def test_a_packed_column_reads_back_value_by_value(values: list[Any]) -> None:
    """1, 1.0 and true are equal in Python and are kept apart; so are nothing and none."""
    column = packed(values)
    if MISSING not in values:
        column = json.loads(json.dumps(column))
    read = unpacked(column, len(values))
    assert [(type(v), v) for v in read] == [(type(v), v) for v in values]


def test_repeated_texts_are_written_once_and_distinct_numbers_plainly() -> None:
    assert packed(["a long name"] * 9) == {"same": "a long name"}
    assert packed(["a long name", "another name"] * 3) == {
        "of": ["a long name", "another name"],
        "at": [0, 1] * 3,
    }
    assert packed([0.1, 0.2, 0.3]) == [0.1, 0.2, 0.3]


def figure(name: str = "made-up", title: str = "Made up") -> Figure:
    """Two views that share a specification and a table, of which each draws a part."""
    spec = {"mark": "point", "height": 100}

    def view(currency: str) -> View:
        chart = Chart(spec, {"rows": "costs"}, "Costs.", where={"currency": currency})
        return View({"": [Panel([chart])]})

    rows = [
        {"learner": "sgd", "currency": currency, "value": value}
        for currency in ("seconds", "steps")
        for value in (1, 2)
    ]
    switch = Control("currency", "Currency", [("seconds", "Seconds"), ("steps", "Steps")])
    views = {("seconds",): view("seconds"), ("steps",): view("steps")}
    return Figure(name, title, Caption("a", "b", "c"), views, {"costs": rows}, [switch])


def test_no_specification_table_or_column_is_in_the_page_twice() -> None:
    data = payload([figure(), figure("other")], {})
    assert len(data["specs"]) == 1
    assert len(data["tables"]) == 1
    assert len(data["columns"]) == 3
    assert set(data["charts"]) == {"made-up-0-0", "made-up-1-0", "other-0-0", "other-1-0"}


def test_the_pages_scripts_find_the_rows_that_a_chart_draws() -> None:
    made = figure()
    data = payload([made], {})
    for name, chart in named_charts(made):
        entry = data["charts"][name]
        table = data["tables"][entry["data"]["rows"]]
        columns = {
            column: unpacked(data["columns"][place], table["length"])
            for column, place in table["columns"].items()
        }
        rows = [
            {column: values[i] for column, values in columns.items()}
            for i in range(table["length"])
            if all(columns[column][i] == value for column, value in entry["where"].items())
        ]
        assert rows == made.rows(chart)["rows"]
        assert len(rows) == 2


def test_every_trial_is_in_the_page_with_its_command() -> None:
    table = trials_table(digest(results([*cell("sgd", [0.1, None]), *cell("gf2", [1e-3])])))
    data = json.loads(str(json_for_script(trials_payload(table))))
    assert data["length"] == 3
    for column in data["columns"]:
        name = column["name"]
        assert unpacked(data["rows"][name], 3) == table.rows[name]
    for row, place in enumerate(unpacked(data["command_of"], 3)):
        template, trial = data["commands"][place], table.rows["trial"][row]
        assert template.replace(data["place"], str(trial)) == table.command(row)
