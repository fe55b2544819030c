"""The claims about deep networks of z^2: borne out, refuted and undecided."""

import math

import pytest
from made_up_studies import claim, record, results

from parity_compare.reproduction.studies.layerwise import (
    LayerwiseStudy,
    claim_failure,
    claim_gradient,
    claim_success,
    gradient_sizes,
)
from parity_compare.reproduction.study import Terms

INF = math.inf


def cell(depth, width, k, times, limit):
    learner = f"sgd[network=deep,depth={depth},width={width}]"
    grid = Terms().grid(learner, n=20, k=k, trials=len(times), steps=limit)
    return [record(spec, steps) for spec, steps in zip(grid.specs(), times, strict=True)]


@pytest.mark.parametrize(
    ("times", "limit", "answer"),
    [
        ([500] * 10, 20_000, "yes"),
        ([500] * 9 + [INF], 20_000, "no"),
        ([500] * 9 + [INF], 2000, "undecided"),
        ([500] * 3, 20_000, "undecided"),
    ],
)
def test_every_start_succeeds_within_the_papers_steps(times, limit, answer):
    judged = claim_success((3, 2, 4), cell(3, 2, 4, times, limit))
    assert judged.answer == answer
    assert (judged.origin, judged.published) == ("ours", "")  # the paper's widths are (2, 1)


@pytest.mark.parametrize(
    ("at", "past", "answer"),
    [
        ([500] * 10, [INF] * 10, "yes"),
        ([500] * 10, [INF] * 9 + [700], "no"),
        ([500] * 3, [INF] * 3, "undecided"),
        ([INF] * 10, [INF] * 10, "undecided"),
    ],
)
def test_networks_fail_past_their_degree(at, past, answer):
    cells = {(3, 4, 4): cell(3, 4, 4, at, 20_000), (3, 4, 5): cell(3, 4, 5, past, 20_000)}
    assert claim_failure(3, cells).answer == answer


def test_a_layer_by_itself_sees_two_bits_and_no_more():
    sizes = gradient_sizes(seed=0)
    assert sizes[2] > 0.01
    assert max(sizes[k] for k in (3, 4, 5)) < 1e-6 * sizes[2]
    judged = claim_gradient(sizes)
    assert (judged.answer, judged.origin) == ("yes", "ours")
    assert "by construction" in judged.because


def test_a_gradient_beyond_two_bits_refutes_the_claim():
    assert claim_gradient({2: 0.2, 3: 0.0, 4: 1e-4}).answer == "no"


def test_every_cell_is_judged_by_itself():
    trials = {
        "three layers": results(cell(3, 2, 4, [500] * 6, 20_000), cell(3, 2, 5, [INF] * 6, 20_000)),
        "four layers": results(cell(4, 10, 5, [INF] * 6, 50_000)),
    }
    examination = LayerwiseStudy().examine(trials, Terms())
    assert claim(examination, "layers3-width2-k4").answer == "yes"
    assert claim(examination, "layers3-past-degree").answer == "yes"
    assert claim(examination, "layers4-width10-k5").answer == "no"
