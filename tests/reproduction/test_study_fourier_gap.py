"""The claims about the Fourier gap: borne out, refuted and undecided."""

import math
from dataclasses import replace

import numpy as np
import pytest
from made_up_studies import record, results

from parity_compare.algorithms.outcome import Trace
from parity_compare.reproduction.studies.fourier_gap import FourierGapStudy, claim_samples
from parity_compare.reproduction.studies.fourier_gap_exact import (
    GradientCase,
    MajorityFacts,
    claim_bound,
    claim_enumerated,
    claim_gradient,
    claim_sine,
    enumeration_errors,
    gradient_errors,
    majority_facts,
    sine_ratios,
)
from parity_compare.reproduction.studies.fourier_gap_paths import (
    after_heat,
    claim_growth,
    claim_heat,
    growth,
)
from parity_compare.reproduction.study import Terms
from parity_compare.theory import proposition9_samples

INF = math.inf


def test_majority_obeys_the_papers_ratio_and_bound():
    facts = majority_facts(31)
    assert facts.broken == ()
    assert claim_bound(facts, 31).answer == "yes"


@pytest.mark.parametrize(("broken", "slack"), [(((9, 4),), 12.0), ((), 0.9)])
def test_one_exception_refutes_the_bound(broken, slack):
    assert claim_bound(MajorityFacts(10, broken, slack, (9, 4)), 31).answer == "no"


def test_the_gap_in_closed_form_is_that_of_definition_1():
    errors = enumeration_errors(9)
    assert claim_enumerated(errors).answer == "yes"
    assert claim_enumerated(errors | {(9, 4): 1e-9}).answer == "no"


def test_the_networks_own_gradient_is_half_of_majoritys_coefficients():
    cases = gradient_errors(9, seed=1)
    assert claim_gradient(cases).answer == "yes"
    assert claim_gradient([*cases, GradientCase(9, 4, 0.0, False)]).answer == "no"
    assert claim_gradient([*cases, GradientCase(9, 4, 0.1, True)]).answer == "no"


def test_at_sign_vectors_the_sines_gap_is_known():
    # |g(T)| = sin(1/sqrt n)^s cos(1/sqrt n)^(n - s) at |T| = s, for odd s.
    n, ratio = 9, sine_ratios(2, seed=0, n=9)["signs"]
    sine, cosine = math.sin(n**-0.5), math.cos(n**-0.5)
    gap = sine**3 * cosine ** (n - 3) - sine**5 * cosine ** (n - 5)
    from parity_compare.problems.thresholds import majority_gap

    assert ratio == pytest.approx([gap / majority_gap(n, 4)] * 2)


@pytest.mark.parametrize(
    ("ratios", "answer"),
    [
        ({"signs": [0.9] * 20, "Gaussian": [0.3] * 20}, "yes"),
        ({"signs": [0.01] * 20, "Gaussian": [0.02] * 20}, "no"),
        ({"signs": [0.9] * 20, "Gaussian": [0.02] * 20}, "undecided"),
        ({"signs": [0.9] * 5, "Gaussian": [0.3] * 5}, "undecided"),
    ],
)
def test_gaps_at_random_weights_are_comparable(ratios, answer):
    assert claim_sine(ratios).answer == answer


def estimates(factor, missed=0):
    """Trials of the learner whose examples are a hundredth of the bound times factor(n)."""
    made = {}
    for n in (15, 31, 61):
        count = proposition9_samples(n, 3, failure=1e-6) / 100 * factor(n)
        grid = Terms().grid("fourier-gap", n=n, k=3, trials=20, steps=None)
        made[n] = [
            replace(whole, cost=replace(whole.cost, samples=int(count)))
            for trial, spec in enumerate(grid.specs())
            for whole in [record(spec, INF if n == 15 and trial < missed else 5)]
        ]
    return made


@pytest.mark.parametrize(
    ("factor", "missed", "answer"),
    [
        (lambda n: 1.0, 0, "yes"),
        (lambda n: n**0.6, 0, "no"),
        (lambda n: 1.0, 5, "no"),
        (lambda n: 1.0, 20, "no"),
        (lambda n: 1.0, 1, "undecided"),
    ],
)
def test_examples_grow_like_proposition_9(factor, missed, answer):
    assert claim_samples(3, estimates(factor, missed)).answer == answer


def test_two_sizes_have_no_exponent():
    made = estimates(lambda n: 1.0)
    del made[61]
    assert claim_samples(3, made).answer == "undecided"


STEPS = np.arange(0, 201, 10)


def path(spec, gap, time=200.0):
    """A trial whose gap is a function of the steps."""
    columns = {"step": STEPS, "error": np.full(len(STEPS), 0.5), "fourier_gap": gap(STEPS)}
    trace = Trace({name: np.asarray(values, np.float64) for name, values in columns.items()})
    return record(spec, time, trace=trace)


def paths(learner, gaps, times=None):
    if not gaps:
        return []
    grid = Terms().grid(learner, n=13, k=4, trials=len(gaps), steps=200)
    times = times or [200.0] * len(gaps)
    return [path(*facts) for facts in zip(grid.specs(), gaps, times, strict=True)]


def growing(t):
    return 0.01 * (1 + t / 100)


def dying(t):
    return 0.01 * np.exp(-t / 20)


@pytest.mark.parametrize(
    ("gaps", "answer"),
    [
        ([growing] * 10, "yes"),
        ([dying] * 10, "no"),
        ([growing] * 6 + [dying] * 4, "undecided"),
        ([growing] * 3, "undecided"),
        ([], "undecided"),
    ],
)
def test_the_gap_grows_along_the_paths(gaps, answer):
    assert claim_growth("sine neuron", growth(paths("sgd", gaps))).answer == answer


def bath(*rows):
    """Trials at temperatures, with their gaps' course and how many of 8 succeed."""
    made = []
    for temperature, gap, solved in rows:
        times = [200.0] * solved + [INF] * (8 - solved)
        made += paths(f"langevin[temperature={temperature!r}]", [gap] * 8, times)
    return made


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        ([(0.0, growing, 8), (1e-3, growing, 8), (1e-2, dying, 0)], "yes"),
        ([(0.0, growing, 8), (1e-4, growing, 0), (1e-3, growing, 0), (1e-2, dying, 0)], "no"),
        ([(0.0, growing, 8), (1e-3, dying, 8), (1e-2, dying, 0)], "no"),
        ([(0.0, growing, 8), (1e-3, growing, 8)], "undecided"),
        ([(0.0, growing, 0), (1e-2, dying, 0)], "undecided"),
        ([], "undecided"),
    ],
)
def test_heat_ends_learning_where_it_destroys_the_gap(rows, answer):
    assert claim_heat(after_heat(bath(*rows))).answer == answer


def test_five_trials_a_temperature_do_not_tell_where_the_gap_is_gone():
    rows = [(0.0, growing, 8), (1e-3, growing, 8), (1e-2, dying, 0)]
    few = [record for record in bath(*rows) if record.spec.trial < 5]
    assert claim_heat(after_heat(few)).answer == "undecided"


def test_the_study_judges_trials_that_all_failed():
    study, terms = FourierGapStudy(), Terms()
    trials = {}
    for name, experiment in study.experiments(terms).items():
        failed = [path(spec, dying, INF) for spec in experiment.specs()]
        trials[name] = results(failed)
    claims = {claim.name: claim.answer for claim in study.examine(trials, terms).claims}
    assert claims["samples-k3"] == "no"
    assert claims["heat"] == "undecided"
