"""Figure 1's rules of judgement, on trials whose times are made up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from made_up_studies import around, cell, course, record

from parity_compare.algorithms.outcome import Status
from parity_compare.reproduction.reference import reference_medians
from parity_compare.reproduction.studies import figure1_curves as curves
from parity_compare.reproduction.studies import figure1_heat as heat
from parity_compare.reproduction.studies import figure1_plateau as plateau
from parity_compare.reproduction.studies.figure1 import Figure1
from parity_compare.reproduction.studies.figure1_panels import PANELS
from parity_compare.reproduction.study import Terms
from parity_compare.results import Record, Results

LIMIT = 10_000


def trials(times: Sequence[float], status: Status = Status.TIMEOUT) -> list[Record]:
    """Trials of these steps; an infinite one ended without success, at the limit."""
    made = cell("sgd", times, limit=LIMIT, n=30)
    return [r if r.solved else replace(r, status=str(status)) for r in made]


def near(median: float, count: int = 25, spread: float = 0.02) -> list[float]:
    """Times closely about a median."""
    return around(median, count, spread)


def curve(
    times: dict[int, list[float]], published: dict[int, int], k: int = 3
) -> list[curves.Point]:
    return [curves.point(n, k, published[n], trials(times[n])) for n in times]


def scaled(exponent: float, count: int = 25) -> dict[int, list[float]]:
    """Times that grow as a power of n, 100 at n = 10."""
    return {n: near(100 * (n / 10) ** exponent, count) for n in (10, 20, 40)}


PUBLISHED = {10: 100, 20: 200, 40: 400}


def test_a_curve_is_as_published_if_every_median_lies_within_the_tolerance() -> None:
    close = curve({n: near(1.1 * t) for n, t in PUBLISHED.items()}, PUBLISHED)
    assert curves.judge_medians("relu-100", 3, close).answer == "yes"


def test_one_median_outside_of_the_tolerance_refutes_a_curve() -> None:
    times = {10: near(110), 20: near(220), 40: near(520)}
    claim = curves.judge_medians("relu-100", 3, curve(times, PUBLISHED))
    assert claim.answer == "no"
    assert "n = 40" in claim.because
    assert claim.verdict == "not reproduced"


def test_a_median_whose_interval_crosses_the_tolerance_leaves_a_curve_open() -> None:
    times = {10: near(110), 20: near(220), 40: near(500, spread=0.5)}
    assert curves.judge_medians("relu-100", 3, curve(times, PUBLISHED)).answer == "undecided"


def test_a_median_of_eight_may_lie_where_any_of_them_does() -> None:
    # The bootstrap's interval ends below the largest of 8, and covers with 92 %.
    spread = curve({10: [*near(100, 7), 140.0]}, PUBLISHED)
    assert spread[0].steps.high == 140
    assert curves.judge_medians("relu-100", 3, spread).answer == "undecided"


def test_five_trials_decide_nothing_however_well_they_agree() -> None:
    few = curve({10: near(100, 5)}, PUBLISHED)
    assert curves.judge_medians("relu-100", 3, few).answer == "undecided"


def test_running_out_of_steps_refutes_only_what_the_limit_is_already_too_late_for() -> None:
    # All trials fail: their median exceeds 10000 steps, by how much nobody knows.
    late = [math.inf] * 25
    near = curves.point(24, 6, 9000, trials(late))
    assert near.fits(PANELS["xk-100"]) == "undecided"
    far = curves.point(10, 7, 5000, trials(late))
    assert far.fits(PANELS["xk-100"]) == "no"
    never = curves.point(24, 6, 9000, trials(late, Status.DIVERGED))
    assert never.fits(PANELS["xk-100"]) == "no"


@pytest.mark.parametrize(("exponent", "answer"), [(1.0, "yes"), (1.9, "no"), (1.37, "undecided")])
def test_an_exponent_is_compared_with_the_published_one(exponent: float, answer: str) -> None:
    # Medians within 25 % leave an exponent between n = 10 and 40 open by 0.37.
    claim = curves.judge_exponents("relu-100", {3: curve(scaled(exponent), PUBLISHED)})
    assert claim.answer == answer


@pytest.mark.parametrize(
    ("low", "high", "answer"), [(1.0, 2.5, "yes"), (2.5, 3.5, "no"), (1.0, 1.0, "undecided")]
)
def test_times_grow_as_powers_below_k_that_rise_with_k(
    low: float, high: float, answer: str
) -> None:
    exponents = {2: low, 3: (low + high) / 2, 4: high}
    panel = {k: curve(scaled(exponent), PUBLISHED, k) for k, exponent in exponents.items()}
    assert curves.judge_growth("polynet", panel).answer == answer
    del panel[3]  # two curves show no trend
    assert curves.judge_growth("polynet", panel).answer in ("undecided", "no")
    assert (curves.judge_growth("polynet", panel).answer == "no") == (low > 2)


def test_points_without_a_bounded_median_take_no_part_in_an_exponent() -> None:
    times = {**scaled(1.0), 50: [math.inf] * 25}
    found = curves.growth(3, curve(times, {**PUBLISHED, 50: 1}))
    assert found.sizes == (10, 20, 40)
    assert found.left_out == (50,)
    assert found.published == pytest.approx(1.0)
    assert found.ours.low <= 1.0 <= found.ours.high


@pytest.mark.parametrize(("steps", "answer"), [(200, "yes"), (5000, "no"), (685, "undecided")])
def test_random_search_is_compared_at_large_n(steps: int, answer: str) -> None:
    # The median number of tries among C(40, 3) = 9880 subsets is 6848; a tenth of it is 685.
    ends = {3: [curves.point(40, 3, 220, trials(near(steps)))]}
    assert curves.judge_search("relu-100", ends).answer == answer


def test_random_search_is_not_compared_at_small_n() -> None:
    assert curves.judge_search("relu-100", {3: curve(scaled(1), PUBLISHED)[:2]}).answer == (
        "undecided"
    )


def run(number: int, plateau_share: float, fall_share: float) -> Record:
    """A run of 200 steps whose error is 1/2, then falls in a straight line, then is 0.02."""
    step = np.arange(201.0)
    begin = plateau_share * 200
    error = np.interp(step, [begin, begin + fall_share * 200], [0.5, 0.02])
    error[-1] = 0
    trace = course(list(step), list(error), list(error))
    return replace(cell("sgd", [200] * (number + 1), n=50)[number], trace=trace)


@pytest.mark.parametrize(
    ("shapes", "answer"),
    [
        ([(0.8, 0.1)] * 6, "yes"),
        ([(0.1, 0.8)] * 6, "no"),  # neither a plateau nor a sudden fall
        ([(0.8, 0.1)] * 3 + [(0.1, 0.8)] * 3, "undecided"),
        ([(0.8, 0.1)] * 5, "undecided"),
        # One run in eight without a plateau: the range of all is what covers their median.
        ([(0.8, 0.1)] * 7 + [(0.1, 0.8)], "undecided"),
    ],
)
def test_a_plateau_and_a_sudden_fall(shapes: list[tuple[float, float]], answer: str) -> None:
    runs = [run(number, *shape) for number, shape in enumerate(shapes)]
    assert plateau.judge("relu", runs).answer == answer


def test_a_run_that_failed_has_no_plateau_and_never_fell() -> None:
    failed = [replace(run(number, 0.8, 0.1), solved=False) for number in range(6)]
    assert plateau.judge("relu", failed).answer == "no"


def heated(times: dict[float, list[float]]) -> dict[float, list[Record]]:
    return {temperature: trials(values) for temperature, values in times.items()}


COLD = near(100, 20)
DEAD = [math.inf] * 20


def test_langevin_at_zero_must_take_the_steps_of_sgd() -> None:
    same = heat.judge_cold({20: trials(COLD)}, {20: heated({0.0: COLD})})
    other = heat.judge_cold({20: trials(COLD)}, {20: heated({0.0: [*COLD[:-1], 999]})})
    assert (same.answer, other.answer) == ("yes", "no")
    assert heat.judge_cold({}, {}).answer == "undecided"
    assert same.verdict == "holds"


@pytest.mark.parametrize(
    ("hot", "answer"), [(DEAD, "yes"), (COLD, "no"), (COLD[:10] + DEAD[:10], "undecided")]
)
def test_heat_ends_success(hot: list[float], answer: str) -> None:
    assert heat.judge_breakdown(20, heated({0.0: COLD, 1e-4: COLD, 1e-3: hot})).answer == answer


def test_where_success_breaks_down_is_told_between_two_temperatures() -> None:
    claim = heat.judge_breakdown(20, heated({0.0: COLD, 1e-4: COLD, 2e-4: DEAD, 1e-3: DEAD}))
    assert "between T = 0.0001 and 0.0002" in claim.measured


@pytest.mark.parametrize(
    ("factor", "answer"), [([1.5], "yes"), ([0.8], "no"), ([0.8, 1.5], "undecided")]
)
def test_heat_that_is_borne_costs_time(factor: list[float], answer: str) -> None:
    warm = [round(time * factor[i % len(factor)]) for i, time in enumerate(COLD)]
    claim = heat.judge_slowing(20, heated({0.0: COLD, 1e-4: warm, 1e-3: DEAD}))
    assert claim.answer == answer
    assert "never" not in claim.statement  # it is judged at one temperature only


@pytest.mark.parametrize(
    ("small", "large", "answer"),
    [(COLD, DEAD, "yes"), (DEAD, COLD, "no"), (COLD, COLD, "no")],
)
def test_more_bits_bear_less_heat(small: list[float], large: list[float], answer: str) -> None:
    by_size = {
        20: heated({0.0: COLD, 1e-4: small, 1e-3: DEAD}),
        30: heated({0.0: COLD, 1e-4: large, 1e-3: DEAD}),
    }
    assert heat.judge_sizes(by_size).answer == answer


def test_a_small_difference_between_sizes_is_left_open() -> None:
    by_size = {
        20: heated({0.0: COLD, 1e-4: COLD[:12] + DEAD[:8]}),
        30: heated({0.0: COLD, 1e-4: COLD[:8] + DEAD[:12]}),
    }
    assert heat.judge_sizes(by_size).answer == "undecided"


def test_the_reference_has_every_point_once() -> None:
    medians = reference_medians()
    assert {name: len(cells) for name, cells in medians.items()} == {
        "relu-100": 40, "xk-100": 32, "sine-neuron": 31, "polynet": 35,
    }  # fmt: skip
    assert medians["relu-100"][30, 3] == 149
    assert set(medians) == set(PANELS)


@pytest.mark.parametrize("scale", ["smoke", "laptop"])
def test_every_scale_judges_what_it_runs(scale: str) -> None:
    """Claims, plots and tables come from trials of the very specs that are run."""
    terms = Terms(scale)  # type: ignore[arg-type]
    study = Figure1()
    made = {
        name: Results([record(spec, 100) for spec in experiment.specs()])
        for name, experiment in study.experiments(terms).items()
    }
    examination = study.examine(made, terms)
    names = [claim.name for claim in examination.claims]
    assert len(set(names)) == len(names)
    assert {"relu-100-k3", "polynet-growth", "relu-plateau", "cold"} <= set(names)
    assert all(plot.points for plot in examination.plots)
    if scale != "smoke":
        points = next(table for table in examination.tables if "Median" in table.title)
        assert len(points.rows) == 138


def test_the_full_scale_has_every_point_of_the_figure() -> None:
    points = [name for name in Figure1().experiments(Terms("full")) if "(" in name]
    assert len(points) == 138
