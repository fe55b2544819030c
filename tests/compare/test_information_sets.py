"""The first try at small systems: what it finds, and what it says it would not have missed."""

import numpy as np
import pytest

from parity_compare.algorithms.outcome import Status
from parity_compare.problems.samples import Samples
from parity_compare.solving.deadline import Deadline
from parity_compare.solving.information_sets import InformationSets
from parity_compare.solving.stages import Rows
from parity_compare.solving.system import eliminate


def sets(m: int, n: int, noise: float, seed: int, constant: int = 0):
    """The stage on planted rows, and the support of about half of the columns."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 2, (m, n), dtype=np.uint8)
    support = tuple(np.flatnonzero(rng.random(n) < 0.5).tolist())
    y = X[:, support].sum(axis=1) % 2 ^ (rng.random(m) < noise) ^ constant
    rows = Rows(eliminate(Samples.from_arrays(X, y)), None, seed, 1, Deadline(None))
    return InformationSets(rows), support


@pytest.mark.parametrize("constant", [0, 1])
@pytest.mark.parametrize("n", [25, 32, 62])
def test_what_it_would_not_have_missed_it_finds(n: int, constant: int) -> None:
    """At the stated noise rate ten answers are missed with probability 1e-5."""
    for seed in range(10):
        noise = sets(2000, n, 0.3, seed)[0].noise
        stage, support = sets(2000, n, 0.9 * noise, seed, constant)
        found = stage.run()
        assert (found.status, found.support, found.constant) == (Status.FOUND, support, constant)


def test_coin_tosses_have_no_answer() -> None:
    """A false alarm has a probability of at most 1e-6 each."""
    for seed in range(5):
        found = sets(500, 30, 0.5, seed)[0].run()
        assert (found.status, found.support) == (Status.GAVE_UP, None)
        assert found.noise > 0.05


def test_what_it_cannot_begin_with_it_says() -> None:
    wide, _ = sets(200, 64, 0.1, 0)
    assert "do not fit into 64 bits" in wide.obstacle
    few, _ = sets(40, 30, 0.1, 0)
    assert "by chance" in few.obstacle
