"""The claims about the disjoint PolyNet: borne out, refuted and undecided."""

import math

import numpy as np
import pytest
from made_up_studies import course, record

from parity_compare.reproduction.studies.polynet_heat import (
    claim_freeing,
    claim_gentle,
    claim_released,
)
from parity_compare.reproduction.studies.polynet_plateau import (
    Cell,
    cell_of,
    claim_half,
    claim_integrator,
    claim_law,
    claim_rising,
    claim_share,
    claim_theorem7,
    claim_time,
    flow_errors,
    remainder_exponents,
)
from parity_compare.reproduction.study import Terms
from parity_compare.theory import plateau_share, plateau_time

INF = math.inf
RATE = 0.01
BLOW_UP = plateau_time(3, 11, 0.0)
SHARE = plateau_share(3, 11, Cell.ERROR)


def trials(times, *, share=SHARE, block_size=11, learner="sgd", limit=10**6):
    """Trials of these times in units of the flow's T(0), whose error falls at a share of them."""
    text = f"{learner}[network=disjoint-polynet]" if learner == "sgd" else learner
    end = plateau_time(3, block_size, 0.0)
    grid = Terms().grid(
        text, n=3 * block_size, k=3, trials=len(times), steps=limit, variant=("blocks",)
    )
    made = []
    shares = np.broadcast_to(share, len(times))
    for spec, time, end_of_plateau in zip(grid.specs(), times, shares, strict=True):
        steps = time * end / RATE if math.isfinite(time) else INF
        spent = steps if math.isfinite(steps) else limit
        moments = np.arange(0, 1001) * spent / 1000
        error = np.where(np.arange(0, 1001) < 1000 * end_of_plateau, 0.5, 0.1)
        made.append(record(spec, steps, trace=course(moments, 0 * moments, error)))
    return made


def cell(times, **facts):
    return cell_of(trials(times, **facts), RATE)


def test_the_closed_form_is_the_integrators():
    assert claim_integrator(flow_errors()).answer == "yes"
    assert claim_integrator({3: 1e-12, 4: 1e-6}).answer == "no"


def test_theorem_6_holds_of_the_flow_itself():
    assert claim_law(remainder_exponents()).answer == "yes"
    assert claim_law({3: -0.5, 4: -0.8}).answer == "no"


@pytest.mark.parametrize(
    ("times", "answer"),
    [
        ([1.02, 1.03, 1.04] * 4 + [INF] * 12, "yes"),
        ([1.3] * 12, "no"),
        ([0.95] * 6 + [1.25] * 6, "undecided"),
        ([1.0] * 5, "undecided"),
    ],
)
def test_large_batches_take_the_flows_time(times, answer):
    assert claim_time(3, [cell(times)]).answer == answer


@pytest.mark.parametrize(
    ("share", "answer"), [(SHARE, "yes"), (SHARE - 0.3, "no"), (SHARE + 0.2, "no")]
)
def test_the_plateau_is_the_flows(share, answer):
    assert claim_share(3, [cell([1.0] * 12, share=share)]).answer == answer


def test_few_trials_tell_nothing_of_the_plateau():
    assert claim_share(3, [cell([1.0] * 5)]).answer == "undecided"


@pytest.mark.parametrize(
    ("first", "last", "answer"),
    [
        (0.6, 0.8, "yes"),
        (0.8, 0.6, "no"),
        ([0.6] * 6 + [0.8] * 6, [0.65] * 6 + [0.8] * 6, "undecided"),
    ],
)
def test_larger_blocks_have_longer_plateaus(first, last, answer):
    cells = [cell([1.0] * 12, share=s, block_size=b) for s, b in ((first, 5), (last, 41))]
    assert claim_rising(cells).answer == answer


def test_one_block_size_shows_no_trend():
    assert claim_rising([cell([1.0] * 12)]).answer == "undecided"


@pytest.mark.parametrize(
    ("right", "wrong", "answer"),
    [(100, 100, "yes"), (150, 50, "no"), (100, 140, "no"), (5, 5, "undecided")],
)
def test_half_of_the_starts_go_the_right_way(right, wrong, answer):
    assert claim_half([cell([1.0] * right + [INF] * wrong)]).answer == answer


def test_late_successes_did_not_go_the_right_way():
    assert len(cell([1.0, 1.4, 1.6, 9.0]).right) == 2


@pytest.mark.parametrize(
    ("times", "limit", "answer"),
    [
        ([2.0] * 80 + [INF] * 20, 20_000, "yes"),
        ([INF] * 60, 10**12, "no"),
        ([INF] * 60, 20_000, "undecided"),
        ([2.0] * 50 + [INF] * 50, 20_000, "undecided"),
    ],
)
def test_theorem_7_promises_half_of_the_starts(times, limit, answer):
    assert claim_theorem7(trials(times, block_size=5, limit=limit)).answer == answer


@pytest.mark.parametrize(
    ("times", "answer"),
    [
        ([1.0] * 10 + [12.0] * 10, "yes"),
        ([1.0] * 10 + [INF] * 10, "no"),
        ([1.0] * 10 + [12.0] * 5 + [INF] * 5, "undecided"),
        ([1.0] * 10 + [12.0] * 2, "undecided"),
    ],
)
def test_the_noise_of_batches_frees_wrong_starts(times, answer):
    assert claim_released(trials(times), RATE).answer == answer


def bath(courses):
    """Trials by temperature."""
    return {
        temperature: trials(
            times, learner=f"langevin[network=disjoint-polynet,temperature={temperature!r}]"
        )
        for temperature, times in courses.items()
    }


RIGHT = [1.0] * 10 + [INF] * 10


@pytest.mark.parametrize(
    ("courses", "answer"),
    [
        ({0.0: RIGHT, 0.01: [1.02] * 10 + [INF] * 10}, "yes"),
        ({0.0: RIGHT, 0.01: [1.4] * 10 + [INF] * 10}, "no"),
        ({0.0: RIGHT, 0.01: [INF] * 20}, "no"),
        ({0.0: RIGHT, 1.0: [INF] * 20}, "undecided"),
        ({0.0: [1.0] * 5, 0.01: [1.0] * 5}, "undecided"),
    ],
)
def test_gentle_heat_leaves_the_plateau_alone(courses, answer):
    assert claim_gentle(bath(courses), RATE).answer == answer


FREED = [1.0] * 20


@pytest.mark.parametrize(
    ("courses", "answer"),
    [
        ({0.0: RIGHT, 0.1: RIGHT, 1.0: FREED}, "yes"),
        ({0.0: RIGHT, 0.001: RIGHT, 0.01: FREED}, "no"),
        ({0.0: RIGHT, 0.01: RIGHT, 1.0: FREED}, "undecided"),
        ({0.0: RIGHT, 0.1: RIGHT}, "undecided"),
        ({0.0: [INF] * 3, 0.1: [INF] * 3, 1.0: [1.0] * 3}, "undecided"),
        ({}, "undecided"),
    ],
)
def test_heat_of_the_weights_own_size_frees_wrong_starts(courses, answer):
    assert claim_freeing(bath(courses), RATE).answer == answer
