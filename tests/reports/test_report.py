"""The file itself: complete, inert, and in agreement with the summary."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from made_up import cell, demo, record, results

from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access
from parity_compare.reports import report, wording
from parity_compare.reports.digest import digest
from parity_compare.reports.report import figures, render, write_report
from parity_compare.reports.trials import TRIALS_AT_MOST

HOSTILE = "</script><img src=x onerror=alert(1)><!-- <b> & ' \" \u2028 {{ 7 * 7 }}"
VOID = {"meta", "link", "img", "input", "br", "hr"}


class Page(HTMLParser):
    """What the page holds: its tags, its attributes, its scripts, its text, its tables."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.scripts: dict[str, str] = {}
        self.text = ""
        self.tables: list[list[list[str]]] = []
        self._inside: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "script":
            self._name = dict(attrs).get("id") or f"script {len(self.scripts)}"
            self.scripts[self._name] = ""
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")
        if tag not in VOID:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        # Every element but a void one is closed where it should be, except those HTML closes.
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        inside = self._inside[-1] if self._inside else ""
        if inside == "script":
            self.scripts[self._name] += data
        elif inside != "style":
            self.text += data
            if "td" in self._inside or ("th" in self._inside and "table" in self._inside):
                self.tables[-1][-1][-1] += data


def page(records: object, **environment: str) -> Page:
    return Page(render(results(records, **environment)))  # type: ignore[arg-type]


def unpacked(packed: Any, length: int) -> list[Any]:
    """A column of the page's data, as its scripts read it."""
    if isinstance(packed, list):
        return packed
    if "same" in packed:
        return [packed["same"]] * length
    return [packed["of"][place] for place in packed["at"]]


@pytest.fixture(scope="module")
def demo_parsed(demo_page: Path) -> Page:
    return Page(demo_page.read_text(encoding="utf-8"))


def test_nothing_is_loaded_from_anywhere(demo_page: Path, demo_parsed: Page) -> None:
    for tag, name, value in demo_parsed.attributes:
        if name in ("src", "href", "action", "srcset", "poster", "data", "background"):
            assert value.startswith("#") or (tag, value) == ("link", "data:,"), (tag, name, value)
    html = demo_page.read_text(encoding="utf-8")
    style = html.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    policy = next(v for t, n, v in demo_parsed.attributes if "default-src" in v)
    assert policy.startswith("default-src 'none'")
    assert "unsafe-eval" not in policy


def test_the_chart_library_is_in_the_page_once(demo_page: Path) -> None:
    assert demo_page.read_text(encoding="utf-8").count("window.vegaEmbed=") == 1


def test_the_demo_stays_small(demo_page: Path) -> None:
    assert demo_page.stat().st_size < 3e6


def test_the_verdict_comes_first_in_three_sentences_then_the_summary(demo_page: Path) -> None:
    html = demo_page.read_text(encoding="utf-8")
    assert html.count('<p class="sentence">') == 3
    headings = re.findall(r'<h2 id="([^"]+)"', html)
    assert headings[:3] == ["verdict", "summary", "ran"]
    assert [one for one in headings if one != "trial-title"][-2:] == ["trials", "method"]


def test_every_figure_is_there_with_all_parts_of_its_caption(demo_parsed: Page) -> None:
    drawn = figures(digest(results(demo())))
    assert [figure.name for figure in drawn][:2] == ["cost", "success"]
    shown = [v for tag, n, v in demo_parsed.attributes if (tag, n) == ("section", "data-figure")]
    assert shown == [figure.name for figure in drawn]
    for part in ("What to see.", "How it was computed.", "What it does not show."):
        assert demo_parsed.text.count(part) == len(drawn)


def test_figures_need_names_of_their_own_and_one_switch_of_currencies() -> None:
    held = results(demo(2))
    digested = digest(held)
    cost = figures(digested)[0]
    with pytest.raises(InvalidInput, match="names of their own"):
        report.page(held, digested, [cost, cost])
    (switch,) = cost.controls
    fewer = replace(switch, options=switch.options[:1])
    views = {choice: view for choice, view in cost.views.items() if choice[0] in fewer.values}
    other = replace(cost, name="other", controls=[fewer], views=views)
    with pytest.raises(InvalidInput, match="share one switch"):
        report.page(held, digested, [cost, other])


def test_the_table_says_what_the_summary_says() -> None:
    records = demo()
    table = page(records).tables[0]
    headings, *rows = table
    by_name = {row[0].strip(): dict(zip(headings, row, strict=False)) for row in rows}
    for row in results(records).summary().to_dict("records"):
        shown = by_name[row["label"]]
        assert shown["Solved"].startswith(f"{row['solved']}/{row['trials']}[{row['rate_low']:.2f}")
        assert shown["Seconds"].startswith(wording.seconds(row["seconds"]))
        assert shown["Seconds"].endswith("simulated" if row["label"] == "sq" else "single")
        assert shown["Access"].startswith(row["access"])
        assert "told" in shown["Access"]
        if row["samples"]:
            assert shown["Samples"].startswith(wording.number(row["samples"]))
        assert shown["Ended"].strip() == row["statuses"]


def test_failures_stay_in_the_figure_the_table_and_the_list() -> None:
    parsed = page(cell("sgd", [0.1, 0.2, None]))
    payload = json.loads(parsed.scripts["payload"])
    table = payload["tables"][payload["charts"]["cost-0-0"]["data"]["trials"]]
    solved, seconds = (
        unpacked(payload["columns"][table["columns"][name]], table["length"])
        for name in ("solved", "seconds")
    )
    assert solved == [True, True, False]
    assert seconds[2] == 60.0
    listed = json.loads(parsed.scripts["trials-payload"])
    assert unpacked(listed["rows"]["solved"], listed["length"]) == [True, True, False]
    assert "2/3" in parsed.text
    assert "1 timeout" in parsed.text
    assert "The time or step limit came first." in parsed.scripts["trials-payload"]


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        ([None, None, 1e-3], "> 60 s (1 of 3 solved)"),
        ([None, 1e-3], "> 60 s (1 of 2 solved)"),
        ([None], "> 60 s (0 of 1 solved)"),
    ],
)
def test_a_median_beyond_the_limit_says_so(times: list[float | None], shown: str) -> None:
    assert page(cell("sgd", times)).tables[0][2][3].startswith(shown)


def test_an_infinite_median_without_timeouts_names_no_limit() -> None:
    records = [record("gf2", i, solved=False, status="inconsistent") for i in range(3)]
    assert page(records).tables[0][2][3].startswith("∞ (0 of 3 solved)")


def method(parsed: Page) -> str:
    """The rules of measurement."""
    return parsed.text.rpartition("How this was measured")[2]


def test_the_networks_stopping_test_is_said_to_be_off_the_clock(demo_parsed: Page) -> None:
    text = method(demo_parsed)
    assert "8192 unlabelled inputs" in text
    assert "two to three times" in text
    assert "sgd and langevin therefore compare it" in text
    for records in (cell("gf2", [1e-3]), cell("sq", [1e-3])):
        assert "unlabelled" not in method(page(records))
    assert "sgd therefore compares it" in method(page(cell("sgd", [0.1])))


def test_simulated_answers_are_called_so(demo_parsed: Page) -> None:
    assert "answers sq at once" in method(demo_parsed)
    assert "1/τ² examples" in method(demo_parsed)
    rows = {row[0].strip(): row for row in demo_parsed.tables[0][2:]}
    assert rows["sq"][3].endswith("single, simulated")
    real = page(cell("sq[answers=sample]", [0.1] * 6))
    assert "simulated" not in " ".join(real.tables[0][-1])
    assert "ranked by time" not in real.text


def test_what_the_intervals_leave_out_is_said_beside_the_table(demo_parsed: Page) -> None:
    lead = demo_parsed.text.partition("Medians are over all trials")[2].partition("What was run")[0]
    assert "Instances are paired" in lead
    assert "without a correction" in lead


def test_no_access_is_explained_that_no_oracle_offers(demo_parsed: Page) -> None:
    assert set(wording.ACCESS) == {str(access) for access in Access}
    assert "membership" not in demo_parsed.text


def test_hyper_parameters_are_listed() -> None:
    parameters = {"width": 100, "check_every": 1}
    parsed = page([*cell("sgd", [0.1], spec={"parameters": parameters}), *cell("gf2", [0.1])])
    assert "width = 100, check_every = 1" in parsed.text
    assert ("details", "id", "parameters") in parsed.attributes
    assert ("details", "id", "parameters") not in page(cell("gf2", [0.1])).attributes


def test_batched_times_are_marked() -> None:
    parsed = page([*cell("sgd", [0.1] * 6, timing="batch of 6"), *cell("gf2", [0.2] * 6)])
    assert "sgd (batch of 6)" in parsed.tables[0][2][0]
    assert parsed.tables[0][2][3].endswith("batch of 6")
    assert "left out of every comparison" in parsed.text


def test_parallel_times_are_marked_and_what_may_be_compared_is_said() -> None:
    records = [
        *cell("sgd", [0.1] * 6, timing="single, 4 at a time"),
        *cell("gf2", [0.2] * 6),
        *cell("gf2", [0.2] * 6, timing="single, 2 at a time", spec={"seed": 1}),
    ]
    parsed = page(records)
    rows = {row[0].strip(): row for row in parsed.tables[0][2:]}
    assert set(rows) == {"sgd", "gf2", "gf2 (single, 2 at a time)"}
    assert rows["sgd"][3].endswith("single, 4 at a time")
    assert "Trials of sgd and gf2 (single, 2 at a time) ran while the same machine" in parsed.text
    assert "except where a trial ran into its time limit" in parsed.text
    assert "ran while the same machine" not in page(cell("gf2", [0.2] * 6)).text


def test_strangers_text_stays_text() -> None:
    records = [
        record(f"{HOSTILE}[{HOSTILE}]", message=HOSTILE, access=HOSTILE, side_information=HOSTILE),
        record("gf2", status=HOSTILE, solved=False, criterion=HOSTILE),
    ]
    parsed = page(records, **{HOSTILE: HOSTILE})
    assert "img" not in parsed.tags
    assert "b" in parsed.tags  # the captions' own
    assert parsed.text.count("<img src=x") >= 6
    assert "{{ 7 * 7 }}" in parsed.text
    named = {name for name in parsed.scripts if not name.startswith("script ")}
    assert named == {"payload", "trials-payload"}
    assert "<img src=x" in json.dumps(json.loads(parsed.scripts["payload"]))
    assert "<img src=x" in json.dumps(json.loads(parsed.scripts["trials-payload"]))


def test_no_trials_make_a_page_that_says_so(tmp_path: Path) -> None:
    path = write_report(results([]), tmp_path / "new" / "folder" / "r.html")
    parsed = Page(path.read_text(encoding="utf-8"))
    assert "No trial has finished yet" in parsed.text
    assert path.stat().st_size < 80_000
    assert [p.name for p in path.parent.iterdir()] == ["r.html"]


def test_a_failed_write_leaves_the_old_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "r.html"
    target.write_text("old")

    def fail(*_: object) -> None:
        raise OSError("disk is full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(InvalidInput, match=r"r\.html cannot be written: disk is full"):
        write_report(results([]), target)
    assert target.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_without_figures_on_mechanism_the_section_says_so() -> None:
    held = results(cell("gf2", [1e-3]))
    bare = Page(report.page(held, digest(held), []))
    assert "No trial of this report recorded a trace" in bare.text


def test_every_anchor_has_a_target(demo_parsed: Page) -> None:
    targets = {value for _, name, value in demo_parsed.attributes if name == "id"}
    links = {
        value[1:] for tag, name, value in demo_parsed.attributes if (tag, name) == ("a", "href")
    }
    assert links
    assert links <= targets
    labels = {v for _, n, v in demo_parsed.attributes if n == "aria-labelledby"}
    assert labels <= targets


def test_ten_thousand_trials_make_a_file_of_moderate_size(tmp_path: Path) -> None:
    records = [
        one for n in (20, 30, 40, 50) for noise in (0.0, 0.1) for one in demo(250, n=n, noise=noise)
    ]
    assert len(records) == 10_000
    # Failures of one learner alone would fill the list of trials.
    records += cell("random", [None] * 600, spec={"n": 20})
    held = results(records)
    path = write_report(held, tmp_path / "r.html")
    assert path.stat().st_size < 5e6
    parsed = Page(path.read_text(encoding="utf-8"))
    listed = json.loads(parsed.scripts["trials-payload"])
    assert listed["length"] == TRIALS_AT_MOST
    learners = unpacked(listed["rows"]["learner"], TRIALS_AT_MOST)
    solved = unpacked(listed["rows"]["solved"], TRIALS_AT_MOST)
    assert [learners[i] for i, won in enumerate(solved) if not won].count("langevin") == 8
    assert "10,000 of 10,600 trials are listed" in parsed.text


def test_importing_the_reports_package_is_cheap() -> None:
    heavy = "altair", "jinja2", "vl_convert", "torch", "pandas"
    code = f"import sys, parity_compare.reports; print(set(sys.modules) & set({heavy}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_a_cell_whose_every_trial_ended_with_its_worker_has_a_report() -> None:
    """Such trials know no unit of operations; a report of them is made like any other."""
    killed = [
        record("sgd", i, seconds=60.0, solved=False, cost={"operations_unit": "", "operations": 0})
        for i in range(7)
    ]
    for others in (cell("gf2", [1e-3] * 7), demo(7, n=40)):
        page = Page(render(results([*killed, *others])))
        assert "sgd" in page.text


def test_the_unit_of_a_cell_is_that_of_the_trials_that_lived() -> None:
    first = record("gf2", 0, solved=False, cost={"operations_unit": ""})
    (row,) = results([first, record("gf2", 1)]).summary().to_dict("records")
    assert row["operations_unit"] == "word XOR"
