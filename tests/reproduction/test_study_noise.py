"""The claims about noisy labels: borne out, refuted and undecided."""

import math

import pytest
from made_up_studies import around, cell, claim, course, record, results, specs

from parity_compare.reproduction.studies.noise import HEATED, NoiseStudy
from parity_compare.reproduction.studies.noise_cells import stuck
from parity_compare.reproduction.study import Terms

INF = math.inf


def networks(medians, batch=512, learner="sgd", extra="", count=20, limit=200_000):
    """Cells of these median steps by flip rate."""
    return [
        cell(
            f"{learner}[lr=0.1,batch={batch}{extra}]",
            [INF] * count if math.isinf(m) else around(m, count, 0.05),
            n=50,
            noise=(flips,),
            limit=limit,
        )
        for flips, m in medians.items()
    ]


def exact(name, solved, count=25):
    """Trials of a learner that answers with S, a share of which succeed, by flip rate."""
    return [
        cell(name, [30.0] * n + [INF] * (count - n), n=50, noise=(flips,))
        for flips, n in solved.items()
    ]


def accurate(accuracies, flips=0.49, limit=1000, errors=(0.5, 0.2)):
    made = specs("sgd[lr=0.1,batch=512]", len(accuracies), n=50, noise=(flips,), steps=limit)
    trace = course([0, limit // 4], [1, 1], errors)
    return [
        record(spec, INF, accuracy=accuracy, trace=trace)
        for spec, accuracy in zip(made, accuracies, strict=True)
    ]


GF2 = exact("gf2", {0.0: 25, 0.01: 12, 0.05: 0, 0.2: 0, 0.4: 0})
BEARING = [
    *exact("exhaustive", {0.05: 25, 0.2: 25}),
    *exact("sq", {0.05: 25, 0.2: 25}),
]
SCALED = {flips: 1000 / (1 - 2 * flips) for flips in (0.0, 0.2, 0.4)}


def examine(cold, gf2=GF2, others=BEARING, heated=()):
    trials = {
        "networks": results(*cold),
        "heated": results(*heated),
        "exact": results(*gf2, *others),
    }
    return NoiseStudy().examine(trials, Terms())


@pytest.mark.parametrize(
    ("accuracies", "limit", "answer"),
    [
        ([0.9] * 8, 100_000, "yes"),
        ([0.5] * 8, 10**7, "no"),
        ([0.5] * 8, 100_000, "undecided"),
        ([0.9] * 4 + [0.5] * 4, 10**7, "undecided"),
    ],
)
def test_a_network_learns_at_49_per_cent_or_had_its_time_and_does_not(accuracies, limit, answer):
    cold = [*networks(SCALED), accurate(accuracies, limit=limit)]
    assert claim(examine(cold), "flips-49").answer == answer


def test_a_flip_rate_that_was_not_tried_is_not_judged():
    judged = claim(examine(networks(SCALED)), "flips-49")
    assert (judged.answer, judged.measured) == ("undecided", "-")
    assert claim(examine(networks(SCALED)), "flips-40").answer == "yes"


@pytest.mark.parametrize(
    ("trials", "answer"),
    [
        (accurate([0.97] * 3, flips=0.3), "yes"),
        ([], "no"),
        (accurate([0.97], flips=0.3), "undecided"),
    ],
)
def test_networks_that_learn_early_and_stay_short_of_all(trials, answer):
    count = 40 if answer == "no" else 5
    cold = [*networks(SCALED, count=count), trials]
    assert claim(examine(cold), "constant-rate").answer == answer


def test_a_network_that_learns_late_is_not_stuck():
    late = accurate([0.97], errors=(0.5, 0.5))[0]
    assert not stuck(late)
    assert stuck(accurate([0.97])[0])
    assert not stuck(accurate([1.0])[0])


@pytest.mark.parametrize(
    ("gf2", "medians", "answer"),
    [
        (GF2, SCALED, "yes"),
        (exact("gf2", {0.0: 25, 0.05: 25, 0.2: 25}), SCALED, "no"),
        (exact("gf2", {0.0: 0, 0.05: 0, 0.2: 0}), SCALED, "no"),
        (GF2, {0.0: 1000, 0.2: INF, 0.4: INF}, "no"),
        (exact("gf2", {0.0: 25, 0.05: 12, 0.2: 0}), SCALED, "undecided"),
        (GF2, {0.0: 1000}, "undecided"),
    ],
)
def test_sgd_is_no_elimination(gf2, medians, answer):
    assert claim(examine(networks(medians), gf2=gf2), "not-elimination").answer == answer


@pytest.mark.parametrize(
    ("sq", "answer"), [({0.2: 25}, "yes"), ({0.2: 0}, "no"), ({0.2: 13}, "undecided")]
)
def test_other_learners_bear_noise(sq, answer):
    others = [*exact("exhaustive", {0.05: 25}), *exact("sq", sq)]
    assert claim(examine(networks(SCALED), others=others), "others-bear-it").answer == answer


@pytest.mark.parametrize(
    ("power", "examples", "drift"),
    [(2, "yes", "no"), (1, "no", "yes"), (1.5, "undecided", "no"), (1.25, "no", "undecided")],
)
def test_exponents_of_one_less_twice_the_flip_rate(power, examples, drift):
    medians = {flips: 1000 / (1 - 2 * flips) ** power for flips in (0.0, 0.2, 0.4)}
    judged = examine([*networks(medians, batch=32), *networks(medians, batch=512)])
    assert claim(judged, "exponent-examples").answer == examples
    assert claim(judged, "exponent-drift").answer == drift


def test_one_batch_size_does_not_tell_small_from_large():
    judged = examine(networks(SCALED))
    assert claim(judged, "exponent-drift").answer == "undecided"


@pytest.mark.parametrize(
    ("slowing", "answer"),
    [
        ({0.0: 1.1, 0.2: 3.0}, "yes"),
        ({0.0: 1.1, 0.2: INF}, "yes"),
        ({0.0: 3.0, 0.2: 1.1}, "no"),
        ({0.0: 1.1, 0.2: 1.1}, "undecided"),
        ({0.0: 1.1}, "undecided"),
    ],
)
def test_heat_and_noise_compound(slowing, answer):
    heated = networks(
        {flips: SCALED[flips] * factor for flips, factor in slowing.items()},
        batch=HEATED,
        learner="langevin",
        extra=",temperature=1e-05",
    )
    judged = examine(networks(SCALED, batch=HEATED), heated=heated)
    assert claim(judged, "heat-and-noise").answer == answer


@pytest.mark.parametrize("scale", ["smoke", "laptop", "full"])
def test_only_the_larger_scales_try_49_per_cent(scale):
    made = NoiseStudy().experiments(Terms(scale))
    names = {"networks", "nearly-random"} & set(made)
    tried = {flips for name in names for flips in made[name].noise}
    assert (0.49 in tried) == (scale != "smoke")
    assert made["heated"].batch
