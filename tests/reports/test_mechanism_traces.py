"""The figures on searches, eliminations and queries, and the laws that they are set against."""

from __future__ import annotations

import json
from itertools import product

import numpy as np
import pytest
from made_up import cell, record, results

from parity_compare.algorithms.outcome import Trace
from parity_compare.api import run
from parity_compare.mechanism.survival import checked_times
from parity_compare.reports.digest import Digest, digest
from parity_compare.reports.figure import Chart, Figure
from parity_compare.reports.mechanism.agreement import agreement_figure, climbs, expected_best
from parity_compare.reports.mechanism.answers import answers, answers_figure
from parity_compare.reports.mechanism.gradient import gradient_figure, gradients
from parity_compare.reports.mechanism.held_out import held_out_figure, lessons
from parity_compare.reports.mechanism.panels import mechanism_figures, mechanism_sentence
from parity_compare.reports.mechanism.race import Race, race_figure
from parity_compare.reports.mechanism.rank import eliminations, expectations, rank_figure
from parity_compare.results import Record, Results


def columns(**values: object) -> Trace:
    return Trace({name: np.array(column) for name, column in values.items()})


def one(records: list[Record]) -> Digest:
    return digest(results(records))


@pytest.fixture(scope="module")
def searched() -> Results:
    """Real trials of the learners that are no networks."""
    return run("exhaustive,gf2,sq,bkw,fourier-gap,random,lasso,kernel", n=12, k=2, trials=6, seed=0)


# The laws.


@pytest.mark.parametrize(("examples", "subsets"), [(1, 1), (3, 2), (4, 3)])
def test_luck_s_best_agreement_is_that_of_all_coin_tosses(examples: int, subsets: int) -> None:
    counts = [sum(tosses) for tosses in product((0, 1), repeat=examples)]
    best = [max(chosen) for chosen in product(counts, repeat=subsets)]
    expected = expected_best(examples, np.array([float(subsets)]))
    assert expected == pytest.approx(np.mean(best) / examples)


def test_luck_s_best_agreement_grows_towards_all_labels() -> None:
    course = expected_best(64, np.geomspace(1, 1e30, 50))
    assert (np.diff(course) >= 0).all()
    assert course[0] == pytest.approx(0.5)
    assert course[-1] == pytest.approx(1.0)


def test_random_equations_rank_and_determine_as_all_systems_do() -> None:
    n, most = 3, 4
    rank, determined = np.zeros((2, most + 1))
    for rows in product(range(2**n), repeat=most):
        space = {0}
        for m in range(most + 1):
            rank[m] += np.log2(len(space))
            determined[m] += sum(1 << i in space for i in range(n))
            if m < most:
                space |= {vector ^ rows[m] for vector in space}
    got_rank, got_determined = expectations(n, most)
    assert got_rank == pytest.approx(rank / 2 ** (n * most))
    assert got_determined == pytest.approx(determined / 2 ** (n * most))


def test_the_share_unsolved_is_kaplan_and_meier_s() -> None:
    """The first group of Freireich et al. 1963, the textbooks' example, with its standard errors.

    Remission lasted 6, 6, 6, 7, 10, 13, 16, 22, 23 weeks, and 6, 9, 10, 11, 17, 19, 20, 25, 32, 32,
    34, 35 in those censored.
    """
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    cut = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    times = checked_times([*ended, *cut], [True] * len(ended) + [False] * len(cut))
    entry = one(cell("random", [1.0])).entries[0]
    course = dict(Race(entry, times).unsolved())
    shares = [round(share.estimate, 4) for share in course.values()]
    assert shares == [1, 0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    # Greenwood's standard error of the first is 0.0764 (Cox and Oakes 1984): on the scale of
    # ln -ln it is 0.0764 / (0.8571 |ln 0.8571|) = 0.578.
    low, high = course[6.0].low, course[6.0].high
    spread = np.log(-np.log([low, high]))
    assert (spread[0] - spread[1]) / (2 * 1.96) == pytest.approx(0.578, abs=1e-3)


# What the figures say.


def test_a_search_that_begins_anew_is_judged_by_its_last_part() -> None:
    trace = columns(
        subsets=[1, 5, 10, 11, 20, 30],
        agreement=[0.5, 0.6, 0.9, 0.5, 0.75, 1.0],
        examples=[10, 10, 10, 40, 40, 40],
    )
    found = one([record("exhaustive", trace=trace)])
    (climb,) = climbs(found.entries[0])
    assert (climb.before, climb.counted) == (0.75, 40)
    assert climb.luck(np.array([30.0])) == expected_best(40, np.array([20.0]))
    figure = agreement_figure(found)
    assert figure is not None
    (note,) = [chart.note for chart in figure.views[()].charts]
    assert "best wrong one agreed with 0.75 of 40 labels" in note
    assert note.endswith("S agreed with 1.00.")
    assert [row["subsets"] for row in figure.tables["best"] if row["found"]] == [30]


def test_elimination_s_knowledge_is_told_before_full_rank() -> None:
    examples = list(range(1, 33))
    rank = [*range(1, 30), 29, 30, 30]
    determined = [0] * 25 + [1, 1, 4, 16, 16, 30, 30]
    trace = columns(examples=examples, rank=rank, determined=determined, consistent=[1] * 32)
    found = one([record("gf2", trace=trace, spec={"n": 30})])
    (elimination,) = eliminations(found.entries[0])
    assert (elimination.full, elimination.known()) == (31, 0)
    figure = rank_figure(found)
    assert figure is not None
    assert figure.views[()].charts[-1].note == (
        "Thick, trial 0: at rank 25 of 30, 0 coordinates determined; at example 31, all 30."
    )
    assert "5 ranks short of full, gf2 knew 0 of 30 coordinates" in mechanism_sentence(found)


def test_a_contradiction_is_told() -> None:
    trace = columns(examples=[1, 2, 3], rank=[1, 2, 2], determined=[0, 0, 0], consistent=[1, 1, 0])
    figure = rank_figure(one([record("gf2", solved=False, trace=trace)]))
    assert figure is not None
    assert "ended with a contradiction at rank 2 of 30" in figure.views[()].charts[-1].note


def test_only_answers_above_the_bar_stand_out() -> None:
    """The wrong answers of an adversary reach the bar and do not exceed it."""
    centres = np.arange(-40, 41) / 32.4
    counts = np.zeros(81, dtype=int)
    counts[np.argmin(abs(centres - 0.25))] = 4059
    counts[np.argmin(abs(centres - 0.75))] = 1
    trace = columns(answer=centres, answers=counts, bar=[0.25] * 81)
    found = one([record("sq", trace=trace)])
    (spread,) = answers(found.entries[0])
    assert (spread.total, spread.above) == (4060, 1)
    figure = answers_figure(found)
    assert figure is not None
    (outlier,) = [row for row in figure.tables["answers"] if row["outlier"]]
    assert (outlier["text"], outlier["answers"]) == ("{1, 4, 7}", 1)
    assert figure.views[()].charts[0].note == "Trial 0: 1 of 4,060 answers above the bar 0.25."
    # All of the adversary's answers are equal to the bar, and are drawn up to it.
    (crowd,) = [row for row in figure.tables["answers"] if not row["outlier"]]
    assert crowd["answer_from"] < crowd["answer_to"] == 0.25
    assert "the bin that holds the bar" not in [key.label for key in figure.views[()].legend]


def test_a_bin_whose_answers_may_lie_on_either_side_of_the_bar_is_told_apart() -> None:
    trace = columns(answer=[-0.2, 0.0, 0.2, 0.4], answers=[3, 9, 2, 1], bar=[0.25] * 4)
    sampled = {"parameters": {"answers": "sample"}}
    figure = answers_figure(one([record("sq", trace=trace, spec=sampled)]))
    assert figure is not None
    rows = {row["answers"]: row for row in figure.tables["answers"]}
    assert (rows[2]["answer_from"], rows[2]["answer_to"]) == (0.1, 0.3)
    keys = {key.label: key.colour for key in figure.views[()].legend}
    assert rows[2]["colour"] == keys["the bin that holds the bar"]
    assert rows[3]["colour"] == rows[9]["colour"] == keys["answers up to the bar"]


def test_the_gradient_is_compared_inside_and_outside_of_s() -> None:
    sizes = np.full(30, 0.1)
    sizes[[1, 4, 7]] = 0.3, 0.2, 0.4
    order = np.argsort(-sizes)
    trace = columns(coordinate=order, gradient=sizes[order])
    found = one([record("fourier-gap", trace=trace)])
    (gradient,) = gradients(found.entries[0])
    assert gradient.ratio == pytest.approx(2)
    figure = gradient_figure(found)
    assert figure is not None
    assert [row["coordinate"] for row in figure.tables["gradient"] if row["in_S"]] == [1, 4, 7]


def test_a_flat_line_is_told_from_one_that_rises() -> None:
    """95 % of what a coin does on 400 labels is 1/2 within 1.96 / 40 = 0.049."""
    flat = columns(trained=[256, 512, 1024], accuracy=[0.51, 0.549, 0.53], held_out=[400] * 3)
    late = columns(trained=[256, 512, 1024], accuracy=[0.56, 0.5, 0.95], held_out=[400] * 3)
    records = [record("forest", solved=False, trace=flat), record("kernel", trace=late)]
    found = one(
        [*records, record("nearest", trace=columns(trained=[9], accuracy=[0.8], held_out=[400]))]
    )
    by_learner = {entry.contestant.learner: lessons(entry)[0] for entry in found.entries}
    assert by_learner["forest"].chance == pytest.approx((0.451, 0.549))
    assert [by_learner[name].left for name in ("forest", "kernel", "nearest")] == [None, 1024, 9]
    figure = held_out_figure(found)
    assert figure is not None
    notes = {panel.contestant.learner: panel.charts[0].note
             for panel in figure.views[()].panels if panel.contestant}  # fmt: skip
    assert notes["forest"] == (
        "Thick, trial 0: 0.53 of 400 held-out labels right after training on 1,024 examples, no "
        "better than a coin."
    )
    assert notes["kernel"].endswith("better than a coin from 1,024 on.")
    assert notes["nearest"].endswith("better than a coin from the first training on.")
    assert {row["ceiling"] for row in figure.tables["chance"]} == {1.0}
    assert mechanism_sentence(found) == (
        "By mechanism: predictors beat a coin: kernel once trained on 1,024 examples, and nearest "
        "once trained on 9 examples."
    )


def test_random_search_is_set_against_the_geometric_law_of_theory() -> None:
    records = [
        record("random", trial, cost={"steps": steps}, spec={"n": 6, "k": 2})
        for trial, steps in enumerate([3, 9, 14, 30, 2, 21])
    ]
    figure = race_figure(one(records))
    assert figure is not None
    assert figure.title == "Race to success"
    start, end = figure.tables["law"]
    assert (start["steps"], start["expected"]) == (0, 1)
    assert end["expected"] == pytest.approx((1 - 1 / 15) ** end["steps"], rel=1e-3)
    assert "C(n, k) = 15" in figure.views[()].charts[0].note


def test_others_race_against_luck_of_their_own_mean() -> None:
    records = [record("lasso", trial, cost={"steps": 40}, solved=trial > 0) for trial in range(5)]
    figure = race_figure(one(records))
    assert figure is not None
    assert figure.title == "Race to success"
    assert "4 of 5 trials solved; 50 [" in figure.views[()].charts[0].note
    assert "Dotted: the law of luck with the mean of their own trials" in figure.caption.computed
    assert race_figure(one(cell("lasso", [None, None]))) is None


def test_trials_that_took_equally_long_have_no_interval() -> None:
    records = [record("lasso", trial, cost={"steps": 189}) for trial in range(8)]
    figure = race_figure(one(records))
    assert figure is not None
    note = figure.views[()].charts[0].note
    assert note.startswith("8 of 8 trials solved, each after 189 steps. Memoryless? No")
    assert len(figure.tables["law"]) == 2


def test_who_succeeds_at_the_first_step_is_set_against_no_line() -> None:
    figure = race_figure(one([record("lasso", t, cost={"steps": 1}) for t in range(8)]))
    assert figure is not None
    assert figure.tables["law"] == []
    assert "each after 1 step." in figure.views[()].charts[0].note
    assert "leaves luck no line" in figure.caption.computed
    draw(figure, figure.views[()].charts[0], marks=2)


def test_a_race_counts_the_first_trial_of_a_start() -> None:
    replays = {"replays": 4}
    records = [record("lasso", t, cost={"steps": 40 + t}, spec=replays) for t in range(8)]
    figure = race_figure(one(records))
    assert figure is not None
    note = figure.views[()].charts[0].note
    assert note.startswith("2 of 2 trials, the first of each start, solved; 42 [")


def test_instances_are_offered_from_large_to_small_by_growing_noise() -> None:
    trace = columns(answer=[-0.2, 0.0, 0.2, 0.4], answers=[3, 9, 2, 1], bar=[0.25] * 4)
    cells = [{"n": n, "noise": noise} for n in (16, 20) for noise in (0.1, 0.0)]
    figure = answers_figure(one([record("sq", trace=trace, spec=spec) for spec in cells]))
    assert figure is not None
    (control,) = figure.controls
    first, *rest = (value for value, _ in control.options)
    assert first == "n=20,k=3,noise=0.1"
    assert rest == ["n=20,k=3", "n=16,k=3", "n=16,k=3,noise=0.1"]


def test_captions_set_powers_as_powers(searched: Results) -> None:
    for figure in mechanism_figures(digest(searched)):
        words = " ".join((figure.caption.see, figure.caption.computed, figure.caption.omits))
        assert not {"^", "_"} & set(words)


@pytest.mark.parametrize(
    "odd",
    [
        columns(subsets=[0, 2], agreement=[0.5, 1.0], examples=[9, 9]),
        columns(subsets=[1, 2], agreement=[0.5, 7.0], examples=[9, 9]),
        columns(subsets=[1, 2], agreement=[0.5, 1.0], examples=[0, 0]),
        columns(subsets=[2, 1], agreement=[0.5, 1.0], examples=[9, 9]),
        columns(subsets=[1, 2], agreement=[[0.5], [1.0]], examples=[9, 9]),
        columns(examples=[1, 2], rank=[1, 99], determined=[0, 0]),
        columns(examples=[1, 2], rank=[np.nan, 1], determined=[0, 0]),
        columns(answer=[0.1], answers=[4]),
        columns(answer=[0.1, 0.2, 0.9], answers=[4, 1, 1]),
        columns(answer=[0.1, 0.2], answers=[-4, 1]),
        columns(answer=[0.1, 0.2], answers=[np.inf, 1]),
        columns(coordinate=[0, 0], gradient=[0.1, 0.2]),
        columns(coordinate=[0, 30], gradient=[0.1, 0.2]),
        columns(coordinate=[0, 1], gradient=[0.1, np.nan]),
        columns(trained=[9, 3], accuracy=[0.5, 0.5], held_out=[9, 9]),
        columns(trained=[3, 9], accuracy=[0.5, 1.5], held_out=[9, 9]),
        columns(trained=[3, 9], accuracy=[0.5, np.nan], held_out=[9, 9]),
        columns(trained=[3, 9], accuracy=[0.5, 0.5], held_out=[9, 0]),
        columns(trained=[0, 9], accuracy=[0.5, 0.5], held_out=[9, 9]),
    ],
)
def test_a_stranger_s_odd_trace_is_passed_over(odd: Trace) -> None:
    found = one([record("exhaustive", trace=odd)])
    drawn = [figure.name for figure in mechanism_figures(found)]
    assert drawn == []
    assert mechanism_sentence(found) == ""


# Real traces.


def test_every_learner_has_a_figure_of_its_own(searched: Results) -> None:
    figures = {figure.name: figure for figure in mechanism_figures(digest(searched))}
    owners = {
        name: [panel.contestant.learner for panel in figure.views[()].panels if panel.contestant]
        for name, figure in figures.items()
    }
    assert owners == {
        "mechanism-gradient": ["fourier-gap"],
        "mechanism-agreement": ["exhaustive"],
        "mechanism-rank": ["gf2"],
        "mechanism-answers": ["sq", "bkw", "lasso"],
        "mechanism-held-out": ["kernel"],
        "mechanism-race": ["random"],
    }


def test_real_traces_show_what_the_captions_say(searched: Results) -> None:
    found = digest(searched)
    entries = {entry.contestant.learner: entry for entry in found.entries}
    for climb in climbs(entries["exhaustive"]):
        assert climb.agreement[-1] == 1
        assert not climb.before >= 1  # no wrong subset agreed with all labels
    for elimination in eliminations(entries["gf2"]):
        assert elimination.full is not None
        assert elimination.determined[-1] == 12
    for learner in ("sq", "bkw"):
        assert [spread.above for spread in answers(entries[learner])] == [1] * 6
    assert all(gradient.ratio >= 1 for gradient in gradients(entries["fourier-gap"]))


def test_the_sentence_is_one_and_short(searched: Results) -> None:
    sentence = mechanism_sentence(digest(searched))
    assert sentence.startswith("By mechanism: ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert ". " not in sentence
    assert len(sentence.split()) <= 64
    assert "5 ranks short of full, gf2 knew" in sentence


def test_each_learner_is_told_by_itself() -> None:
    """Two learners that met the same secrets are not one learner of twice as many trials."""
    trace = columns(answer=[-0.2, 0.0, 0.2, 0.4], answers=[3, 9, 0, 1], bar=[0.25] * 4)
    none = columns(answer=[-0.2, 0.0, 0.2, 0.4], answers=[3, 9, 1, 0], bar=[0.25] * 4)
    records = [record("sq", t, trace=trace) for t in range(4)]
    records += [record("bkw", t, trace=trace if t else none) for t in range(4)]
    sentence = mechanism_sentence(one(records))
    assert "one answer alone stood out in 4 of 4 trials of sq and in 3 of 4 trials of bkw" in (
        sentence
    )


def test_every_chart_is_drawn_with_marks(searched: Results) -> None:
    for figure in mechanism_figures(digest(searched)):
        for chart in figure.views[figure.first].charts:
            assert chart.alt.endswith(".")
            draw(figure, chart)


def draw(figure: Figure, chart: Chart, marks: int = 11) -> None:
    """The chart by the real Vega: it must have marks, and every mark a place."""
    vl_convert = pytest.importorskip("vl_convert")
    text = json.dumps(chart.spec | {"width": 400, "datasets": figure.rows(chart)})
    svg = vl_convert.vegalite_to_svg(json.loads(text.replace("var(--", "(")))
    assert svg.count("<path") >= marks
    assert "NaN" not in svg
