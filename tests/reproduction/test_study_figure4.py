"""The claims about width: when they are borne out, when not, and when nothing is decided."""

import math

import pytest
from made_up_studies import around, cell, claim, course, record, results, specs

from parity_compare.reproduction.studies.figure4 import Figure4
from parity_compare.reproduction.study import Terms

INF = math.inf


def widths(medians, *, spreads=None, count=30, learner="sgd", extra="lr=1.0"):
    """Cells of these median steps by width."""
    spreads = spreads or {}
    return [
        cell(
            f"{learner}[width={r},{extra}]",
            [INF] * count if math.isinf(m) else around(m, count, spreads.get(r, 0.1)),
            n=40,
            limit=10_000,
        )
        for r, m in medians.items()
    ]


def lists(delay, count=8):
    """Trials on 700 examples that fit the list at step 100 and learn at ``delay`` times that."""
    made = specs("sgd[decay=0.0003]", count, n=30, steps=10_000, samples=(700,))
    late = [0.5, 0.5] + ([0.5, 0.5] if math.isinf(delay) else [0.0, 0.0])
    step = [0, 100, 100 * (2 if math.isinf(delay) else delay), 9999]
    trace = course(step, [1.0, 0.0, 0.0, 0.0], late)
    if delay == 1:
        trace = course([0, 100, 200, 300], [1.0, 0.0, 0.0, 0.0], [0.5, 0.0, 0.0, 0.0])
    return [record(spec, INF, trace=trace) for spec in made]


def narrow(errors, times=None, *, width=2):
    """Trials of two units that come down to these errors, and may succeed."""
    made = specs(f"sgd[width={width},lr=1.0]", len(errors), n=40, steps=1000)
    return [
        record(spec, steps, trace=course([0, 500], [1, 1], [0.5, error]))
        for spec, error, steps in zip(made, errors, times or [INF] * len(errors), strict=True)
    ]


def examine(cold=(), slow=(), heated=(), little=(), listed=()):
    trials = {
        "too-narrow": results(little),
        "widths": results(*cold),
        "slow": results(*slow),
        "heated": results(*heated),
        "lists": results(listed),
    }
    return Figure4().examine(trials, Terms())


FALLING = {10: 500, 100: 200, 1000: 120, 10_000: 120}


@pytest.mark.parametrize(
    ("medians", "answer"),
    [
        (FALLING, "yes"),
        ({10: 120, 1000: 120}, "no"),
        ({10: 120, 1000: INF}, "no"),
        ({10: 152, 1000: 120}, "undecided"),
        ({10: 500, 100: 200}, "undecided"),
    ],
)
def test_the_time_falls_up_to_the_knee(medians, answer):
    assert claim(examine(widths(medians)), "falls").answer == answer


def test_the_fall_at_the_low_rate_is_judged_by_its_own_trials():
    judged = examine(widths(FALLING), slow=widths({10: 900, 1000: 900}, extra="lr=0.1"))
    assert claim(judged, "falls-at-low-rate").verdict == "does not hold"
    assert claim(judged, "falls").verdict == "reproduced"
    assert claim(examine(widths(FALLING)), "falls-at-low-rate").answer == "undecided"


@pytest.mark.parametrize(
    ("medians", "answer"),
    [
        (FALLING, "yes"),
        ({10: 5000, 100: 500, 1000: 50}, "no"),
        ({10: 1000, 100: 316, 1000: 100}, "undecided"),
        ({10: 500, 100: 200}, "undecided"),
    ],
)
def test_r_searches_side_by_side_would_be_r_times_as_fast(medians, answer):
    assert claim(examine(widths(medians)), "no-r-fold").answer == answer


@pytest.mark.parametrize(
    ("medians", "answer"),
    [
        (FALLING, "yes"),
        ({1000: 120, 10_000: 60}, "no"),
        ({1000: 120, 10_000: INF}, "no"),
        ({1000: 120, 10_000: 150}, "undecided"),
        ({10: 500, 1000: 120}, "undecided"),
    ],
)
def test_the_time_is_flat_beyond_the_knee(medians, answer):
    assert claim(examine(widths(medians)), "flat").answer == answer


@pytest.mark.parametrize(
    ("spreads", "answer"),
    [
        ({10: 0.6, 1000: 0.1}, "yes"),
        ({10: 0.1, 1000: 0.6}, "no"),
        ({10: 0.2, 1000: 0.2}, "undecided"),
    ],
)
def test_width_buys_a_lower_variance(spreads, answer):
    cold = widths({10: 5000, 1000: 1200}, spreads=spreads)
    assert claim(examine(cold), "steadier").answer == answer


@pytest.mark.parametrize(
    ("little", "answer"),
    [
        (narrow([0.37] * 25), "yes"),
        (narrow([0.5] * 25), "no"),
        (narrow([0.0] * 25, [500] * 25), "no"),
        (narrow([0.37] * 13 + [0.5] * 12), "undecided"),
        # Six trials on the same six instances at either width are not twelve.
        ([*narrow([0.37] * 6, width=1), *narrow([0.37] * 6)], "undecided"),
        ([*narrow([0.37] * 30, width=1), *narrow([0.37] * 30)], "yes"),
        ([*narrow([0.5] * 30, width=1), *narrow([0.37] * 30)], "no"),
        ([], "undecided"),
    ],
)
def test_too_narrow_networks_correlate_and_fail(little, answer):
    assert claim(examine(widths(FALLING), little=little), "too-narrow").answer == answer


@pytest.mark.parametrize(
    ("hot", "answer"),
    [
        ({10: 500, 1000: 600}, "yes"),
        ({10: 500, 1000: INF}, "yes"),
        ({10: 2500, 1000: 120}, "no"),
        ({10: 500, 1000: 120}, "undecided"),
        ({10: 500}, "undecided"),
    ],
)
def test_heat_is_held_against_the_width(hot, answer):
    heated = widths(hot, learner="langevin", extra="lr=1.0,temperature=3e-05")
    assert claim(examine(widths(FALLING), heated=heated), "heat-and-width").answer == answer


@pytest.mark.parametrize(
    ("listed", "answer"),
    [
        (lists(20), "yes"),
        (lists(1), "no"),
        (lists(INF), "no"),
        (lists(20, count=5), "undecided"),
        (lists(20)[:4] + lists(INF)[4:], "undecided"),
    ],
)
def test_grokking_is_a_late_fall_that_does_come(listed, answer):
    assert claim(examine(widths(FALLING), listed=listed), "grokking-700").answer == answer


def test_failed_trials_stand_in_the_table_and_leave_the_plot():
    judged = examine(widths({10: 500, 1000: INF}))
    rows = {row[1]: row for row in judged.tables[0].rows}
    assert rows["1000"][2] == "0 of 30"
    assert rows["1000"][4].startswith("inf")
    assert {plot.name for plot in judged.plots} == {"widths", "spreads", "lists"}


@pytest.mark.parametrize("scale", ["smoke", "laptop", "full"])
def test_every_scale_has_trials_below_and_above_k_units(scale):
    made = Figure4().experiments(Terms(scale))
    assert {"too-narrow", "widths", "heated", "lists"} <= set(made)
    assert all(experiment.seconds is None for experiment in made.values())
