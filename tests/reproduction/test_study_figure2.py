"""The claims of figure 2: when they are borne out, when not, and when nothing is decided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from made_up_studies import around, cell

from parity_compare.algorithms.outcome import Status
from parity_compare.reproduction.catalogue import study
from parity_compare.reproduction.studies import figure2_elbow as elbow
from parity_compare.reproduction.studies import figure2_luck as luck
from parity_compare.reproduction.studies import figure2_starts as starts
from parity_compare.reproduction.studies import figure2_waiting as waiting
from parity_compare.reproduction.study import SCALES, Terms
from parity_compare.results import Record

INF = math.inf
POLYNET = "sgd[network=polynet,check_every=4]"


def late(count: int) -> list[float]:
    """Log-normal times, none early and one in twenty past twice the median."""
    rng = np.random.default_rng(1)
    return [float(t) for t in np.ceil(100 * np.exp(0.4 * rng.standard_normal(count)))]


def geometric(count: int, mean: float, seed: int = 2) -> list[float]:
    return [float(t) for t in np.random.default_rng(seed).geometric(1 / mean, count)]


def waits(times: Sequence[float]) -> dict[int, list[Record]]:
    return {10: cell(POLYNET, times, n=10), 20: cell(POLYNET, times, n=20)}


@pytest.mark.parametrize(
    ("times", "answer"),
    [(late(800), "yes"), (geometric(800, 100), "no"), (late(50), "undecided")],
)
def test_early_successes_are_those_before_a_tenth_of_the_median(
    times: list[float], answer: str
) -> None:
    assert waiting.judge_early(waits(times)).answer == answer


@pytest.mark.parametrize(
    ("times", "answer"),
    [
        (late(800), "yes"),
        (around(100, 800, 0.3), "no"),
        (late(10), "undecided"),
        # A search without memory has a long tail too, but a fifth of it has a counterpart near 0.
        (geometric(800, 100), "no"),
        ([100.0] * 380 + [5.0] * 20 + [300.0] * 20, "no"),
        ([100.0] * 380 + [300.0] * 15, "undecided"),
    ],
)
def test_a_tail_is_long_where_many_take_almost_twice_the_median_and_few_next_to_nothing(
    times: list[float], answer: str
) -> None:
    assert waiting.judge_tail(waits(times)).answer == answer


def test_trials_that_ran_out_of_steps_are_late_and_those_that_diverged_are_not() -> None:
    trials = {10: cell(POLYNET, [100.0] * 360 + [INF] * 40, n=10)}
    assert waiting.judge_tail(trials).answer == "yes"
    diverged = [r if r.solved else replace(r, status=str(Status.DIVERGED)) for r in trials[10]]
    judged = waiting.judge_tail({10: diverged})
    assert judged.answer == "no"
    assert "40 that diverged" in judged.because
    # At a limit of 150 steps, nobody knows whether they would have taken twice the median.
    short = {10: cell(POLYNET, [100.0] * 360 + [INF] * 40, n=10, limit=150)}
    assert waiting.judge_tail(short).answer == "no"
    assert "40 that diverged or ran out of steps before" in waiting.judge_tail(short).because


def test_an_n_without_a_median_is_left_out_and_named() -> None:
    trials = {10: cell(POLYNET, [100.0] * 90 + [INF] * 10, n=10)}
    trials[20] = cell(POLYNET, [100.0] * 5 + [INF] * 10, n=20)
    claim = waiting.judge_early(trials)
    assert "of 100 trials" in claim.measured
    assert "n = 20" in claim.because


@pytest.mark.parametrize(
    ("times", "sgd", "search"),
    [
        (late(400), "yes", "no"),
        (geometric(1000, 100), "no", "yes"),
        (geometric(12, 100), "undecided", "undecided"),
    ],
)
def test_the_law_of_times_tells_sgd_from_search(times: list[float], sgd: str, search: str) -> None:
    assert waiting.judge_law(waits(times)).answer == sgd
    assert waiting.judge_search(waits(times)).answer == search


def replayed(between: float, within: float, groups: int = 12, replays: int = 6) -> list[Record]:
    """Replays whose ln t has these standard deviations between and within starts."""
    rng = np.random.default_rng(3)
    start = np.repeat(between * rng.standard_normal(groups), replays)
    times = np.exp(8 + start + within * rng.standard_normal(groups * replays))
    return cell("sgd[lr=0.01]", [float(t) for t in np.ceil(times)], n=20, replays=replays)


@pytest.mark.parametrize(
    ("records", "sgd", "search"),
    [
        (replayed(0.3, 0.05), "yes", "no"),
        (replayed(0.0, 0.3), "no", "yes"),
        (replayed(0.3, 0.05, groups=2), "undecided", "undecided"),
    ],
)
def test_the_start_decides_where_replays_agree(
    records: list[Record], sgd: str, search: str
) -> None:
    assert starts.judge_start(records).answer == sgd
    assert starts.judge_search(records).answer == search


@pytest.mark.parametrize(
    ("cold", "hot", "answer"),
    [((0.3, 0.05), (0.3, 0.3), "yes"), ((0.3, 0.3), (0.3, 0.05), "no")],
)
def test_heat_loosens_the_start_where_replays_differ_more(
    cold: tuple[float, float], hot: tuple[float, float], answer: str
) -> None:
    heated = {0.0: replayed(*cold), 1e-4: replayed(*hot)}
    assert starts.judge_heat(heated).answer == answer


def test_heat_that_no_trial_bears_decides_nothing_about_starts() -> None:
    failed = cell("sgd[lr=0.01]", [INF] * 72, n=20, replays=6)
    assert starts.judge_heat({0.0: replayed(0.3, 0.05), 1e-3: failed}).answer == "undecided"
    few = replayed(0.3, 0.05, groups=3)
    assert starts.judge_heat({0.0: few, 1e-4: few}).answer == "undecided"


SIZES = (10, 15, 20, 50, 100, 150)


def scaled(exponent: float, later: float, count: int = 40) -> dict[int, list[Record]]:
    """Times that grow by one power of n up to 30, and by another one above."""
    return {
        n: cell(
            "sgd",
            around(500 * min(n / 10, 3) ** exponent * max(n / 30, 1) ** later, count, 0.05),
            n=n,
            limit=10**6,
        )
        for n in SIZES
    }


@pytest.mark.parametrize(
    ("trials", "bend", "small", "large"),
    [
        (scaled(1, 2), "yes", "yes", "yes"),
        (scaled(2, 1), "no", "no", "no"),
        (scaled(1, 2, 4), "undecided", "undecided", "undecided"),
    ],
)
def test_the_exponents_are_those_of_the_power_laws(
    trials: dict[int, list[Record]], bend: str, small: str, large: str
) -> None:
    assert elbow.judge_bend(trials).answer == bend
    assert elbow.judge_exponent(trials, "small").answer == small
    assert elbow.judge_exponent(trials, "large").answer == large


def test_a_search_without_elbow_is_one_power_law() -> None:
    assert elbow.judge_search(scaled(3, 3, 100)).answer == "yes"
    assert elbow.judge_search(scaled(1, 2)).answer == "no"
    assert elbow.judge_search({10: cell("random", [5.0] * 9, n=10)}).answer == "undecided"
    assert elbow.judge_exponent(scaled(1, 2) | {10: []}, "small").answer == "undecided"


@pytest.mark.parametrize(
    ("slower", "answer"),
    [({10: 1.0, 50: 1.5}, "yes"), ({10: 1.0, 50: 1.0}, "no"), ({10: 1.2}, "undecided")],
)
def test_heat_makes_an_elbow_where_it_costs_more_at_large_n(
    slower: dict[int, float], answer: str
) -> None:
    cold = {n: cell("sgd", around(500, 20), n=n, limit=5000) for n in slower}
    hot = {
        n: cell(
            "langevin[temperature=0.0001]",
            [float(round(factor * t)) for t in around(500, 20)],
            n=n,
            limit=5000,
        )
        for n, factor in slower.items()
    }
    assert elbow.judge_heat(cold, hot, 1e-4).answer == answer


def test_trials_that_only_heat_fails_are_infinitely_slow() -> None:
    cold = {50: cell("sgd", around(500, 20), n=50, limit=5000)}
    hot = {50: cell("langevin[temperature=0.001]", [INF] * 20, n=50, limit=5000)}
    assert elbow.slowings(cold, hot)[50].low == INF
    assert elbow.slowings(hot, hot)[50].estimate == 1


def test_one_trial_per_n_tells_nothing_of_what_heat_costs() -> None:
    cold = {n: cell("sgd", [500.0], n=n, limit=5000) for n in (10, 50)}
    hot = {
        n: cell("langevin[temperature=0.0001]", [factor * 500.0], n=n, limit=5000)
        for n, factor in ((10, 1), (50, 2))
    }
    assert elbow.judge_heat(cold, hot, 1e-4).answer == "undecided"


@pytest.mark.parametrize(
    ("medians", "answer"),
    [
        ((20, 90, 200), "yes"),
        ((200, 90, 20), "no"),
        ((90, 91, 92), "undecided"),
        ((20, 90, INF), "undecided"),
    ],
)
def test_time_adapts_to_k_where_it_rises_with_k(medians: Sequence[float], answer: str) -> None:
    trials = {
        k: cell("sgd", [INF] * 20 if m == INF else around(m, 20), n=20, limit=5000)
        for k, m in zip((2, 3, 4), medians, strict=True)
    }
    assert luck.judge_adaptation(trials, 20).answer == answer
    few = {k: records[:5] for k, records in trials.items()}
    assert luck.judge_adaptation(few, 20).answer == "undecided"


def correlated(hits: int, networks: int) -> luck.Luck:
    strong = np.zeros(networks, dtype=np.int64)
    strong[:hits] = 1
    return luck.Luck(9, np.where(strong, 0.6, 0.1), 0.001, strong)


@pytest.mark.parametrize(
    ("hits", "networks", "answer"), [(0, 500, "yes"), (300, 500, "no"), (0, 20, "undecided")]
)
def test_random_networks_know_nothing_where_none_is_correlated(
    hits: int, networks: int, answer: str
) -> None:
    assert luck.judge_luck([correlated(hits, networks)]).answer == answer


def test_correlations_of_random_networks_are_those_of_their_signs() -> None:
    found = luck.luck(5, 40, 0)
    assert found.strongest.shape == (40,)
    assert np.all(found.strongest <= 1)
    assert found.mean_square <= 1 / math.comb(5, 3)  # Parseval
    assert np.array_equal(found.strong > 0, found.strongest >= luck.STRONG)
    # Sums of 2^5 signs: an even number of them, over 2^5.
    assert np.allclose(found.strongest * 16, np.round(found.strongest * 16))


@pytest.mark.parametrize("scale", SCALES)
def test_every_scale_has_every_part(scale: str) -> None:
    made = study("figure2").experiments(Terms(scale))  # type: ignore[arg-type]
    assert {"waiting", "waiting random", "starts T=0", "starts random", "elbow random"} <= set(made)
    assert all(experiment.seconds is None for experiment in made.values())
    assert sum(name.startswith("elbow sgd") for name in made) >= 3
