"""What follows from an instance's public numbers is worked out before the clock begins."""

from __future__ import annotations

import pytest

from parity_compare.algorithms import registry
from parity_compare.algorithms.acceptance import sample_size
from parity_compare.algorithms.reduction_plan import plan_reduction
from parity_compare.algorithms.window_plan import plan_windows
from parity_compare.problems.oracles import Access, ExampleOracle
from parity_compare.problems.parity import SparseParity

CACHES = (sample_size, plan_windows, plan_reduction)


def misses() -> int:
    return sum(cached.cache_info().misses for cached in CACHES)


@pytest.mark.parametrize("noise", [0.0, 0.1])
@pytest.mark.parametrize("samples", [None, 400])
@pytest.mark.parametrize(
    "name", ["exhaustive", "random", "meet-in-the-middle", "pooled-gauss", "bkw"]
)
def test_the_first_trial_of_a_cell_pays_for_no_plan(
    name: str, samples: int | None, noise: float
) -> None:
    if name == "meet-in-the-middle" and noise:
        pytest.skip("it is for labels without noise")
    learner = registry.parse(name)
    problem = SparseParity(14, 3, noise, seed=5)
    learner.prepare(problem.n)
    for cached in CACHES:
        cached.cache_clear()
    assert learner.access is not Access.QUERIES
    oracle = problem.examples(seed=1)
    if samples is not None:
        oracle = ExampleOracle.over(oracle.draw(samples))
    (task,) = learner.begin([oracle], k=3, noise=noise, rngs=[0])
    planned = misses()
    assert planned > 0
    assert task.clock.seconds == 0
    learner.search_many([task])
    assert misses() == planned
