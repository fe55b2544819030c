"""A search that is spread over workers finds and counts what one worker does."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.algorithms import split_search
from parity_compare.algorithms.budget import Budget, OutOfTime
from parity_compare.algorithms.exhaustive import ExhaustiveSearch
from parity_compare.algorithms.split_search import SplitSearch
from parity_compare.algorithms.subset_search import Ranking, SubsetSearch
from parity_compare.algorithms.task import Task
from parity_compare.problems.bits import pack, transpose
from parity_compare.problems.parity import SparseParity

T = TypeVar("T")


class _Here:
    """Workers that are this process; counts the parts that it was asked for."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.begun = 0

    def __call__(
        self, parts: Iterable[Callable[[], T]], seconds: float
    ) -> Generator[T, None, None]:
        for part in parts:
            self.begun += 1
            yield part()


def _ignore(ranking: Ranking) -> None:
    pass


@given(
    n=st.integers(5, 12),
    k=st.integers(1, 4),
    noise=st.sampled_from([0.0, 0.1]),
    shard=st.sampled_from([1, 40, 300]),
    workers=st.integers(1, 3),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_the_shards_add_up_to_the_whole(
    n: int, k: int, noise: float, shard: int, workers: int, seed: int
) -> None:
    m = 128
    samples = SparseParity(n, k, noise, seed).sample(m)
    columns, labels = transpose(samples.rows, n), pack(samples.labels)
    bounds = np.zeros(columns.shape[1], np.int64) if noise == 0 else None
    whole = SubsetSearch(columns, labels, m, k, bounds).run(_ignore)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split_search, "_SHARD_WORDS", shard)
        split = SplitSearch(
            columns, labels, m, k, bounds, scatter=_Here(workers), left=lambda: np.inf
        ).run(_ignore)
    assert (split.misses, split.runner_up, split.visited) == (
        whole.misses,
        whole.runner_up,
        whole.visited,
    )
    if whole.misses < whole.runner_up:
        assert split.best == whole.best


def test_the_first_perfect_fit_ends_the_search_and_no_further_shard_is_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(split_search, "_SHARD_WORDS", 500)
    problem = SparseParity(24, 4, 0.0, seed=3)
    found = {}
    for workers in (None, 1, 3):
        task = Task(problem.examples(seed=0), k=4, noise=0.0)
        task.scatter = here = None if workers is None else _Here(workers)
        finding = ExhaustiveSearch().search(task)
        assert finding.support == problem.support
        found[workers] = (task.steps, None if here is None else here.begun)
    assert found[1] == found[3]
    assert found[1][0] == found[None][0]  # as many subsets as one worker visits
    assert 1 < found[1][1] < 10626 // 500


def test_a_split_search_stops_when_its_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split_search, "_SHARD_WORDS", 1 << 22)
    problem = SparseParity(160, 6, 0.1, seed=3)
    task = Task(problem.examples(seed=0), k=6, noise=0.1, budget=Budget(seconds=0.3))
    task.scatter = _Here(2)
    task.clock.start()
    with pytest.raises(OutOfTime):
        ExhaustiveSearch(persist=True).search(task)
    assert task.steps > 0
    assert "had visited" in task.progress


def test_a_forecast_waits_until_every_worker_has_shown_its_speed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Eight workers do in a second what the first answer alone would take eight for."""
    monkeypatch.setattr(split_search, "_SHARD_WORDS", 500)
    polled = []
    problem = SparseParity(20, 3, 0.1, seed=1)
    samples = problem.sample(256)
    columns, labels = transpose(samples.rows, 20), pack(samples.labels)
    here = _Here(4)
    SplitSearch(columns, labels, 256, 3, None, scatter=here, left=lambda: np.inf).run(
        lambda ranking: polled.append(here.begun)
    )
    assert polled[0] == 4
