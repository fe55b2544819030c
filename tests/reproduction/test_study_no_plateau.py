"""The claims about plateaus: borne out, refuted and undecided."""

import math

import numpy as np
import pytest
from made_up_studies import claim, course, record, results, specs

from parity_compare.reproduction.studies.no_plateau import (
    RELU,
    STRAIGHT,
    Z_WIDEST,
    NoPlateauStudy,
    claim_heat,
    claim_plateau,
    claim_straight,
)
from parity_compare.reproduction.studies.no_plateau import course as fall
from parity_compare.reproduction.study import Terms

STEPS = np.arange(0, 401, 4)
WIDEST = "network=power,width=1000,lr=0.03"
POWER = f"sgd[{WIDEST}]"


def straight(u):
    return np.maximum(0, 0.5 - 0.45 * u)


def sudden(u):
    return np.where(u < 0.9, 0.5, np.maximum(0, 0.5 - 4.5 * (u - 0.9)))


def stuck(u):
    return np.full_like(u, 0.5)


def trials(learner, shapes):
    """Trials of these courses, at 0.05 after 300 of 400 steps."""
    made = specs(learner, len(shapes), n=20, steps=400) if shapes else []
    return [
        record(
            spec,
            math.inf if shape is stuck else 400,
            trace=course(STEPS, 0 * STEPS, shape(STEPS / 300)),
        )
        for spec, shape in zip(made, shapes, strict=True)
    ]


def falls(learner, shapes):
    return [fall(trial) for trial in trials(learner, shapes)]


def test_a_straight_fall_spends_a_ninth_of_its_way_near_one_half():
    (line,) = (fall(r) for r in trials(POWER, [straight]))
    assert line.share == pytest.approx(STRAIGHT, abs=0.02)
    assert line.bend < 0.02


def test_a_trial_that_never_comes_down_is_a_plateau_all_along():
    (flat,) = (fall(r) for r in trials(POWER, [stuck]))
    assert flat.share == 1
    assert math.isinf(flat.bend)


@pytest.mark.parametrize(
    ("shapes", "answer"),
    [
        ([straight] * 8, "yes"),
        ([sudden] * 8, "no"),
        ([stuck] * 5 + [straight] * 3, "undecided"),
        ([straight] * 5, "undecided"),
    ],
)
def test_the_widest_network_falls_in_a_straight_line(shapes, answer):
    assert claim_straight(Z_WIDEST, 20, 3, falls(POWER, shapes)).answer == answer


@pytest.mark.parametrize(
    ("shapes", "answer"),
    [
        ([sudden] * 8, "yes"),
        ([straight] * 8, "no"),
        ([straight] * 4 + [sudden] * 4, "undecided"),
        ([sudden] * 5, "undecided"),
    ],
)
def test_relu_networks_have_a_plateau(shapes, answer):
    assert claim_plateau(RELU, 20, 3, falls("sgd", shapes)).answer == answer


@pytest.mark.parametrize(
    ("mild", "hot", "answer"),
    [
        ([straight] * 8, [stuck] * 8, "yes"),
        ([straight] * 8, [sudden] * 8, "no"),
        ([stuck] * 8, [stuck] * 8, "undecided"),
        ([straight] * 3, [straight] * 3, "undecided"),
    ],
)
def test_heat_that_lets_trials_succeed_brings_no_plateau(mild, hot, answer):
    heated = {
        temperature: trials(f"langevin[{WIDEST},temperature={temperature!r}]", shapes)
        for temperature, shapes in ((1e-4, mild), (1e-2, hot))
    }
    assert claim_heat(heated).answer == answer


def test_networks_are_told_apart_and_heat_that_was_not_run_decides_nothing():
    networks = results(trials(POWER, [straight] * 6), trials("sgd", [sudden] * 6))
    examination = NoPlateauStudy().examine({"networks": networks}, Terms())
    assert claim(examination, "straight-power1000-n20-k3").answer == "yes"
    assert claim(examination, "plateau-relu-n20-k3").answer == "yes"
    assert claim(examination, "heat").answer == "undecided"
