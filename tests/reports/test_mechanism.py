"""The figure on gradient learners: which trials it shows and what it says of them."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from made_up import cell, demo, record, results

from parity_compare.algorithms.outcome import Trace
from parity_compare.reports.digest import digest
from parity_compare.reports.figure import Figure
from parity_compare.reports.mechanism.evidence import place
from parity_compare.reports.mechanism.gradient_learners import courses_figure
from parity_compare.reports.mechanism.hidden_progress import courses
from parity_compare.reports.mechanism.sentence import mechanism_sentence
from parity_compare.reports.mechanism.step_axis import StepAxis
from parity_compare.results import Record


def trace(
    relevant: list[float],
    irrelevant: list[float],
    error: list[float],
    steps: list[int],
    **more: np.ndarray,
) -> Trace:
    columns = {
        "step": np.array(steps),
        "loss": np.ones(len(steps)),
        "error": np.array(error),
        "progress_relevant": np.array(relevant),
        "progress_irrelevant": np.array(irrelevant),
    }
    return Trace(columns | more)


HIDDEN = trace([0, 1, 3, 9], [0, 2, 2, 2], [0.5, 0.5, 0.48, 0.0], [0, 10, 20, 30])
LATE = trace([0, 1, 1, 9], [0, 2, 2, 2], [0.5, 0.5, 0.1, 0.0], [0, 10, 20, 30])
WITHOUT_OTHERS = trace([0, 1, 3, 9], [np.nan] * 4, [0.5, 0.5, 0.48, 0.0], [0, 10, 20, 30])


def drawn(records: list[Record]) -> Figure:
    figure = courses_figure(digest(results(records)))
    assert figure is not None
    return figure


def said(figure: Figure) -> str:
    """What stands below the first panel."""
    note = figure.views[figure.first].panels[0].charts[-1].note
    assert note
    return note


def test_parting_and_falling_are_the_last_changes_of_order() -> None:
    (course,) = courses(digest(results([record("sgd", trace=HIDDEN)])).entries[0])
    assert (course.parting(), course.falling(), course.hidden) == (20, 30, True)
    (course,) = courses(digest(results([record("sgd", trace=LATE)])).entries[0])
    assert (course.parting(), course.falling(), course.hidden) == (30, 20, False)


def test_the_trials_with_hidden_progress_are_counted() -> None:
    records = [record("sgd", 0, trace=HIDDEN), record("sgd", 1, trace=LATE)]
    figure = drawn(records)
    assert figure.views[()].notes[0] == (
        "In 1 of 2 solved trials of sgd, the weights on S were ahead of all others for good while "
        "the error still stood above 0.4."
    )
    note = drawn(records[:1]).views[()].notes[0]
    assert note.startswith("In the only solved trial of sgd")
    assert note.endswith(": progress that the error does not show.")
    assert "1 of 2 solved trials, 95 % [0.09, 0.91]" in mechanism_sentence(digest(results(records)))


def test_learners_whose_progress_is_hidden_at_clearly_different_rates_are_not_added_up() -> None:
    hot = "langevin[temperature=0.1]"
    records = [record("sgd", i, trace=HIDDEN) for i in range(10)]
    records += [record(hot, i, trace=HIDDEN if i < 2 else LATE) for i in range(10)]
    sentence = mechanism_sentence(digest(results(records)))
    assert "sgd made hidden progress" in sentence
    assert "10 of 10 solved trials, 95 % [0.72, 1.00]" in sentence
    assert f"{hot} in 2 of 10, [0.06, 0.51]" in sentence
    same = [record("sgd", i, trace=HIDDEN) for i in range(10)]
    same += [record(hot, i, trace=HIDDEN) for i in range(10)]
    sentence = mechanism_sentence(digest(results(same)))
    assert "10 of 10 solved trials, 95 % [0.72, 1.00]" in sentence
    assert f"{hot} in 10 of 10, [0.72, 1.00]" in sentence
    cold = "langevin[temperature=0.01]"
    three = [*records, *(record(cold, i, trace=HIDDEN) for i in range(10))]
    sentence = mechanism_sentence(digest(results(three)))
    assert f"least of all {hot} in 2 of 10" in sentence
    assert cold not in sentence


def test_replays_of_a_start_count_once() -> None:
    """Eight trials of two starts are two independent trials."""
    records = [record("sgd", i, trace=HIDDEN, spec={"replays": 4}) for i in range(8)]
    sentence = mechanism_sentence(digest(results(records)))
    assert "in 2 of 2 solved trials of different starts, 95 % [0.34, 1.00]" in sentence


def test_charts_below_each_other_have_one_width() -> None:
    """A step label that stood out on the right would narrow the lowest chart."""
    vl_convert = pytest.importorskip("vl_convert")
    long = trace([0, 1, 3, 9], [0, 2, 2, 2], [0.5, 0.5, 0.48, 0.0], [0, 10, 20, 10**6])
    widths = set()
    for records in ([record("sgd", trace=HIDDEN)], [record("sgd", trace=long)]):
        figure = drawn(records)
        for chart in figure.views[()].charts:
            text = json.dumps(chart.spec | {"width": 400, "datasets": figure.rows(chart)})
            svg = vl_convert.vegalite_to_svg(json.loads(text.replace("var(--", "(")))
            plot = re.search(r'class="background"[^>]*d="M0.5,0.5h([\d.]+)v', svg)
            assert plot
            widths.add(plot[1])
    assert len(widths) == 1


def test_where_all_coordinates_are_relevant_nothing_is_compared() -> None:
    records = [record("sgd", trace=WITHOUT_OTHERS)]
    figure = drawn(records)
    assert figure.views[()].notes == []
    assert "S is all coordinates here" in said(figure)
    assert [row["progress_irrelevant"] for row in figure.tables["moments"]] == [None] * 4
    assert mechanism_sentence(digest(results(records))) == ""


def test_unsolved_traces_claim_nothing() -> None:
    records = [record("sgd", i, solved=False, trace=LATE) for i in range(2)]
    figure = drawn(records)
    assert figure.views[()].notes == []
    assert said(figure) == "None of the 2 traced trials was solved; bold: trial 0."
    assert figure.tables["ends"] == []
    assert mechanism_sentence(digest(results(records))) == ""


def test_no_figure_without_the_columns_or_their_shape() -> None:
    other = Trace({"step": np.arange(3), "<b>": np.arange(3)})
    flat = Trace({**HIDDEN.columns, "error": np.zeros((4, 2))})
    back = Trace({**HIDDEN.columns, "step": np.array([0, 20, 10, 30])})
    records = [record("sgd", i, trace=odd) for i, odd in enumerate((other, flat, back))]
    assert courses_figure(digest(results([*records, *cell("gf2", [1.0])]))) is None


def test_the_bold_trial_has_the_median_number_of_steps() -> None:
    entry = next(e for e in digest(results(demo())).entries if e.contestant.name == "sgd")
    found = courses(entry)
    steps = sorted(course.last_step for course in found)
    assert found[0].last_step == steps[(len(steps) - 1) // 2]


def test_long_and_many_traces_are_thinned_and_an_unsolved_one_leaves_the_picture() -> None:
    long = 5000
    steady = np.linspace(0, 1, long)
    course = trace(list(steady), list(steady / 2), list(0.5 - steady / 2), list(range(long)))
    records = [record("sgd", i, trace=course) for i in range(30)]
    endless = trace([0.0] * 3, [0.0] * 3, [0.5] * 3, [0, 10**5, 10**6])
    records.insert(0, record("sgd", 99, solved=False, trace=endless))
    figure = drawn(records)
    rows = figure.tables["moments"]
    assert len({row["trial"] for row in rows}) == 12
    assert len(rows) <= 12 * 60
    for trial in range(10):
        assert {0, long - 1} <= {row["step"] for row in rows if row["trial"] == trial}
    notes = figure.views[()].notes
    assert any("12 of 31 traces" in note for note in notes)
    assert any("1 unsolved trial ran on beyond" in note for note in notes)


@pytest.mark.parametrize(("longest", "kind"), [(120, None), (1200, "symlog")])
def test_all_panels_share_one_step_axis(longest: int, kind: str | None) -> None:
    """A course three times as long looks longer; one thirty times as long makes the axis bend."""
    long = trace([0, 1, 3, 9], [0, 2, 2, 2], [0.5, 0.5, 0.48, 0.0], [0, 10, 20, longest])
    figure = drawn([record("sgd", trace=HIDDEN), record("langevin", trace=long)])
    scales = [
        layer["encoding"]["x"]["scale"]
        for chart in figure.views[()].charts
        for layer in chart.spec["layer"]
        if "x" in layer["encoding"]
    ]
    assert len(scales) >= 2 * 3 * 2
    assert all(scale == scales[0] for scale in scales)
    assert scales[0].get("type") == kind
    assert scales[0]["domain"][0] == 0
    assert longest < scales[0]["domain"][1] < 1.3 * longest


def test_the_logarithmic_step_axis_has_a_tick_at_zero_and_at_powers_of_ten() -> None:
    assert StepAxis.over([30, 1200]).axis(labels=True).to_dict()["values"] == [0, 1, 10, 100, 1000]


def test_the_hardest_instance_that_was_solved_is_shown_first() -> None:
    records = [
        record("sgd", 0, trace=HIDDEN, spec={"n": 20}),
        record("sgd", 0, trace=HIDDEN, spec={"n": 40}),
        record("sgd", 0, trace=LATE, solved=False, spec={"n": 80}),
    ]
    figure = drawn(records)
    (control,) = figure.controls
    assert [value for value, _ in control.options] == ["n=40,k=3", "n=20,k=3", "n=80,k=3"]
    found = digest(results(records))
    for instance in found.instances:
        (panel,) = figure.views[(place(instance),)].panels
        rows = figure.rows(panel.charts[0])
        assert {row["instance"] for row in rows["moments"]} == {place(instance)}


def test_a_contestant_draws_its_own_rows_only() -> None:
    figure = drawn(demo())
    for panel in figure.views[()].panels:
        assert panel.contestant is not None
        for chart in panel.charts:
            rows = figure.rows(chart)["moments"]
            assert rows
            assert {row["learner"] for row in rows} == {panel.contestant.name}


def test_langevin_comes_after_sgd_by_rising_temperature() -> None:
    def run(label: str, **parameters: float) -> Record:
        return record(label, trace=HIDDEN, spec={"parameters": parameters})

    figure = drawn(
        [
            run("langevin[temperature=0.1]", temperature=0.1),
            run("langevin", temperature=1.5e-4),
            run("langevin[temperature=1e-05]", temperature=1e-5),
            run("sgd"),
        ]
    )
    names = [panel.contestant.name for panel in figure.views[()].panels if panel.contestant]
    assert names == ["sgd", "langevin[temperature=1e-05]", "langevin", "langevin[temperature=0.1]"]


def test_full_probes_add_the_fourier_gap_and_the_weights() -> None:
    steps = [0, 10, 20, 30]
    weights = np.tile(np.arange(30.0), (4, 1))
    full = trace(
        [0, 1, 3, 9], [0, 2, 2, 2], [0.5, 0.5, 0.48, 0.0], steps,
        gradient_relevant=np.array([0.1, 0.1, 0.3, 0.5]),
        gradient_irrelevant=np.array([0.2, 0.05, 0.05, 0.1]),
        weights=weights,
    )  # fmt: skip
    figure = drawn([record("sgd", trace=full, spec={"n": 30})])
    titles = [chart.title for chart in figure.views[()].charts]
    assert titles[-2:] == [
        "Fourier gap: |population gradient|",
        "Largest |w| of each coordinate, S on top",
    ]
    assert "the Fourier gap was open for good by step 10" in said(figure)
    top = [row["coordinate"] for row in figure.tables["weights"] if row["step"] == 0][:4]
    assert top == [1, 4, 7, 0]  # S, which record() makes {1, 4, 7}, then the others
    # A stranger's weights of another shape are not drawn.
    odd = Trace({**full.columns, "weights": np.zeros((4, 7))})
    figure = drawn([record("sgd", trace=odd, spec={"n": 30})])
    assert "weights" not in figure.tables
