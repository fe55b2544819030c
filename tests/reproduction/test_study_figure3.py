"""The claims of figure 3: when they are borne out, when not, and when nothing is decided."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from made_up_studies import claim, record, results, specs

from parity_compare.algorithms.outcome import Trace
from parity_compare.reproduction.catalogue import study
from parity_compare.reproduction.studies import figure3_foretold as foretold
from parity_compare.reproduction.studies import figure3_heat as heat
from parity_compare.reproduction.studies import figure3_progress as progress
from parity_compare.reproduction.study import SCALES, Terms
from parity_compare.results import Record

INF = math.inf
Curve = Callable[[np.ndarray], np.ndarray]


def moments(time: int) -> np.ndarray:
    return np.unique([*range(17), *np.geomspace(17, time, 40).astype(int), time]).astype(float)


def trial(
    spec, time: float, relevant: Curve, irrelevant: Curve, *, falls: float = 0.8, steps: int = 1000
) -> Record:
    """A trial whose error falls at a share of its time; curves are functions of the step."""
    end = int(time) if math.isfinite(time) else steps
    step = moments(end)
    share = step / end
    error = np.where((share < falls) | (not math.isfinite(time)), 0.5, 0.1)
    columns = {
        "step": step, "loss": error * 2, "error": error,
        "progress_relevant": relevant(step), "progress_irrelevant": irrelevant(step),
    }  # fmt: skip
    return record(spec, time, trace=Trace(columns))


def trials(
    count: int,
    relevant: Curve,
    irrelevant: Curve,
    *,
    times: Sequence[float] | None = None,
    falls: float = 0.8,
) -> list[Record]:
    made = specs("sgd", count, n=30, steps=1000)
    spent = times or [200.0 + i for i in range(count)]
    return [
        trial(spec, time, relevant, irrelevant, falls=falls)
        for spec, time in zip(made, spent, strict=True)
    ]


def drift(step: np.ndarray) -> np.ndarray:
    return 0.01 * step


def walk(step: np.ndarray) -> np.ndarray:
    return 0.02 * np.sqrt(step)


@pytest.mark.parametrize(
    ("records", "answer"),
    [
        (trials(20, drift, walk), "yes"),
        (trials(20, walk, drift), "no"),
        (trials(20, drift, walk, falls=0.3), "no"),
        (trials(3, drift, walk), "undecided"),
        (trials(20, drift, walk, times=[INF] * 15 + [200.0] * 5), "no"),
    ],
)
def test_progress_is_hidden_where_s_leads_while_the_error_stands(
    records: list[Record], answer: str
) -> None:
    assert progress.judge_hidden("relu", records).answer == answer


@pytest.mark.parametrize(
    ("records", "answer"),
    [
        (trials(40, drift, walk), "yes"),
        (trials(40, walk, drift), "no"),
        (trials(3, drift, walk), "undecided"),
        (trials(40, drift, walk, times=[INF] * 40), "undecided"),
    ],
)
def test_the_error_falls_after_s_leads(records: list[Record], answer: str) -> None:
    assert progress.judge_order("relu", records).answer == answer


def test_a_drift_grows_as_time_and_a_walk_as_its_root() -> None:
    records = trials(9, drift, walk)
    assert np.allclose(progress.growth(records, progress.RELEVANT), 1)
    assert np.allclose(progress.growth(records, progress.IRRELEVANT), 0.5)
    assert progress.judge_drift("relu", records).answer == "yes"
    assert progress.judge_drift("relu", trials(9, lambda t: t**0.3, drift)).answer == "no"
    assert progress.judge_drift("relu", trials(6, drift, walk)).answer == "yes"
    for few in (1, 2, 5):  # equal exponents have an interval of no width, and prove nothing
        assert progress.judge_drift("relu", trials(few, drift, walk)).answer == "undecided"
    failed = trials(9, drift, walk, times=[INF] * 9)
    assert progress.judge_drift("relu", failed).answer == "undecided"


def test_s_leads_for_good_from_the_moment_after_it_was_last_behind() -> None:
    (record,) = trials(1, drift, lambda t: np.where(t < 10, 1.0, 0.0))
    assert progress.leads_from(record) == 10
    (never,) = trials(1, walk, drift)
    assert progress.leads_from(never) == INF


def spread(count: int, foretelling: float, seed: int = 0) -> list[Record]:
    """Trials whose drift is inverse to their time, up to noise, and whose loss is noise."""
    rng = np.random.default_rng(seed)
    made = specs("sgd", count, n=30, steps=10_000)
    records = []
    for spec in made:
        time = float(round(300 * math.exp(0.4 * rng.standard_normal())))
        speed = 1 / time if rng.random() < foretelling else 1 / (300 * math.exp(rng.normal()))
        one = trial(spec, time, lambda t, v=speed: v * t, lambda t: 0 * t, steps=10_000)
        columns = dict(one.trace.columns)
        columns["loss"] = 1 + 0.1 * rng.random(len(columns["step"]))
        records.append(record(spec, time, trace=Trace(columns)))
    return records


@pytest.mark.parametrize(
    ("records", "answer"), [(spread(60, 1.0), "yes"), (spread(200, 0.0), "no")]
)
def test_the_measure_foretells_where_speed_decides_the_time(
    records: list[Record], answer: str
) -> None:
    assert foretold.judge("relu", "ReLU", foretold.test(records, None)).answer == answer


def test_too_few_trials_foretell_nothing_and_say_so() -> None:
    found = foretold.test(spread(5, 1.0), None)
    told = foretold.judge("relu", "ReLU", found)
    assert told.answer == "undecided"
    assert "at least 20" in told.because
    assert foretold.judge_control("relu", "ReLU", found).answer == "undecided"


def test_the_control_tells_drift_from_none() -> None:
    records, alike = spread(40, 1.0), spread(40, 1.0, seed=1)
    still = [
        trial(spec, INF, lambda t: 1e-6 * t, lambda t: 0 * t)
        for spec in specs("sgd", 20, n=30, steps=1000, variant=("random-labels",))
    ]
    judged = [
        foretold.judge_control("relu", "ReLU", foretold.test(records, control)).answer
        for control in (still, alike)
    ]
    assert judged == ["yes", "undecided"]


def heated(
    leads: dict[float, float],
    *,
    success: dict[float, float] | None = None,
    moved: float = 1.5,
    growth: float = 0.5,
    count: int = 24,
) -> dict[float, list[Record]]:
    """By temperature, trials in whose given share S leads, and which succeed in another share."""
    made = {}
    for temperature, share in leads.items():
        solved = 1.0 if success is None else success[temperature]
        rows = []
        for i, spec in enumerate(specs("sgd", count, n=30, steps=1000)):
            leading = i < share * count
            time = 150.0 if i < solved * count else INF
            rows.append(
                trial(
                    spec,
                    time,
                    lambda t, up=leading: (moved if up else 0.001) * (t / 150) ** growth,
                    lambda t: 0.1 * (t / 150) ** growth,
                )
            )
        made[temperature] = rows
    return made


PREDICTED = (1.5 / heat.reach(100 * 27)) ** 2 / 300
"""Where heat should cover a distance of 1.5 at step 150."""


@pytest.mark.parametrize(
    ("leads", "answer"),
    [
        ({0.0: 1.0, PREDICTED / 2: 1.0, PREDICTED * 2: 0.0}, "yes"),
        ({0.0: 1.0, PREDICTED / 2000: 1.0, PREDICTED / 1000: 0.0}, "no"),
        ({0.0: 1.0, PREDICTED / 2: 1.0, PREDICTED * 2: 1.0}, "no"),
        ({0.0: 0.5, PREDICTED / 2: 1.0, PREDICTED * 2: 0.0}, "undecided"),
        ({0.0: 1.0, PREDICTED / 100: 0.55, PREDICTED: 0.45}, "undecided"),
    ],
)
def test_heat_covers_at_the_temperature_where_its_walk_reaches_as_far(
    leads: dict[float, float], answer: str
) -> None:
    assert heat.judge_cover(heated(leads)).answer == answer


def test_the_reach_is_the_median_of_the_largest_of_normal_deviates() -> None:
    drawn = np.abs(np.random.default_rng(0).standard_normal((2000, 50))).max(axis=1)
    assert heat.reach(50) == pytest.approx(np.median(drawn), abs=0.03)
    assert heat.reach(1) == pytest.approx(0.6745, abs=1e-4)


@pytest.mark.parametrize(
    ("ahead", "success", "answer"),
    [(1.0, 0.1, "yes"), (0.1, 0.1, "no"), (0.5, 0.1, "undecided"), (1.0, 1.0, "undecided")],
)
def test_heat_ends_success_first_where_failed_networks_still_name_s(
    ahead: float, success: float, answer: str
) -> None:
    made = heated({0.0: 1.0, 1e-3: ahead}, success={0.0: 1.0, 1e-3: success})
    assert heat.judge_order(made).answer == answer


@pytest.mark.parametrize(("growth", "answer"), [(0.5, "yes"), (1.0, "no")])
def test_a_walk_without_bias_grows_as_the_root_of_time(growth: float, answer: str) -> None:
    assert heat.judge_walk(heated({0.0: 1.0, 1e-3: 0.0}, growth=growth)).answer == answer
    few = heated({0.0: 1.0, 1e-3: 0.0}, growth=growth, count=5)
    assert heat.judge_walk(few).answer == "undecided"


def test_without_success_in_the_cold_nothing_is_said_of_heat() -> None:
    made = heated({0.0: 1.0, 1e-3: 1.0}, success={0.0: 0.0, 1e-3: 0.0})
    assert heat.judge_cover(made).answer == "undecided"
    assert heat.judge_walk(made).answer == "undecided"


@pytest.mark.parametrize("count", [2, 24])
def test_an_examination_judges_every_claim_at_any_size(count: int) -> None:
    figure3 = study("figure3")
    records = trials(count, drift, walk)
    given = {name: results(records) for name in figure3.experiments(Terms())}
    examined = figure3.examine(given, Terms())
    assert claim(examined, "hidden-relu").answer == ("yes" if count == 24 else "undecided")
    assert len({one.name for one in examined.claims}) == len(examined.claims) == 14
    assert all(plot.points for plot in examined.plots if count == 24)


@pytest.mark.parametrize("scale", SCALES)
def test_heat_and_cold_share_their_trials(scale: str) -> None:
    made = study("figure3").experiments(Terms(scale))  # type: ignore[arg-type]
    cold = list(made["relu plain"].specs())
    for name, experiment in made.items():
        if name.startswith("relu T="):
            for one, other in zip(cold, experiment.specs(), strict=False):
                assert one.instance_seed == other.instance_seed
                assert one.learner_seed == other.learner_seed
