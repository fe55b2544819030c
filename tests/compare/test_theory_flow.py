"""The flow of a disjoint PolyNet: closed form, integrator, error and plateau against each other."""

import itertools
import math

import numpy as np
import pytest
from scipy.special import erfinv

from parity_compare.problems.errors import InvalidInput
from parity_compare.theory import (
    blow_up_time,
    conserved,
    disjoint_error,
    flow,
    integrate_flow,
    plateau_remainder,
    plateau_share,
    plateau_time,
    theorem7_steps,
    time_of,
)
from parity_compare.theory.gradient_flow import velocity


@pytest.mark.parametrize("k", range(1, 9))
def test_the_integrator_finds_the_closed_form(k: int) -> None:
    end = blow_up_time(k) if k >= 3 else 3.0
    times = end * np.concatenate((np.linspace(0, 0.99, 34), 1 - 10.0 ** -np.arange(3, 6)))
    found = integrate_flow(np.ones(k), times)
    assert found == pytest.approx(np.repeat(flow(times, k)[:, None], k, axis=1), rel=1e-8)


@pytest.mark.parametrize("start", [0.3, 2.0])
def test_the_closed_form_solves_its_equation_from_any_start(start: float) -> None:
    k, t, h = 5, 0.01, 1e-5
    slope = (flow(t + h, k, start=start) - flow(t - h, k, start=start)) / (2 * h)
    assert slope == pytest.approx(flow(t, k, start=start) ** (k - 1), rel=1e-7)
    assert flow(0, k, start=start) == start
    assert integrate_flow([start] * k, [t])[0] == pytest.approx(
        np.full(k, flow(t, k, start=start)), rel=1e-10
    )


@pytest.mark.parametrize("k", range(1, 9))
def test_time_of_is_the_inverse_of_the_flow(k: int) -> None:
    times = np.linspace(0, 0.9 * min(1.0, blow_up_time(k)), 20)
    assert time_of(flow(times, k), k) == pytest.approx(times, abs=1e-12)
    assert time_of(math.inf, k) == blow_up_time(k)


STARTS = [
    (1.0, 2.0, 0.5),
    (-0.4, 1.0, 1.3),  # of negative product: the least weight passes through zero
    (-1.9, 1.3, 1.7, 0.4, 0.9),
    (0.0, 1.0, 1.0, -1.0),
]


@pytest.mark.parametrize("starts", STARTS)
def test_differences_of_squares_are_conserved(starts: tuple[float, ...]) -> None:
    end = blow_up_time(len(starts), starts=starts)
    weights = integrate_flow(starts, end * np.linspace(0, 0.99, 12))
    largest = (weights**2).max(axis=1, keepdims=True)
    drift = np.abs(conserved(weights) - conserved(np.array(starts))) / largest
    assert drift.max() < 1e-9


@pytest.mark.parametrize("starts", STARTS)
def test_the_time_left_to_the_blow_up_shortens_as_time_passes(starts: tuple[float, ...]) -> None:
    k = len(starts)
    end = blow_up_time(k, starts=starts)
    for share in (0.3, 0.9, 0.999):
        then = integrate_flow(starts, [share * end])[0]
        left = blow_up_time(k, starts=[float(v) for v in then])
        assert left == pytest.approx((1 - share) * end, rel=1e-6)


def test_equal_starts_blow_up_after_the_closed_forms_time() -> None:
    for k in range(3, 9):
        assert blow_up_time(k, starts=[1.0] * k) == pytest.approx(1 / (k - 2), rel=1e-12)
    assert blow_up_time(2) == math.inf


def test_past_the_blow_up_all_weights_are_infinite_with_the_right_signs() -> None:
    assert (integrate_flow([1.0, 1.0, 1.0], [1.0, 2.0]) == math.inf).all()
    wrong = integrate_flow([-0.5, 1.0, 1.0], [100.0])[0]  # the least weight turns round
    assert (wrong == math.inf).all()


def test_a_tie_of_the_least_weights_on_the_wrong_side_never_blows_up() -> None:
    assert blow_up_time(3, starts=[-1.0, 1.0, 2.0]) == math.inf
    late = integrate_flow([-1.0, 1.0, 2.0], [5.0])[0]
    assert np.abs(late[:2]).max() < 1e-3
    assert late[2] == pytest.approx(math.sqrt(3), rel=1e-5)


def test_the_order_of_the_times_does_not_matter() -> None:
    forwards = integrate_flow([1.0, 1.5, 2.0], [0.1, 0.2, 0.3])
    assert (integrate_flow([1.0, 1.5, 2.0], [0.3, 0.1, 0.2])[[1, 2, 0]] == forwards).all()


def test_the_velocity_is_the_gradient_of_the_product() -> None:
    weights = np.array([0.0, 2.0, -3.0, 0.5])
    assert velocity(weights) == pytest.approx([-3.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: flow(0.1, 0), "k must be at least 1, got 0"),
        (lambda: flow(0.1, 3, start=0), "start must be positive and finite, got 0"),
        (lambda: integrate_flow([1.0], [-1.0]), r"times must not be negative, got -1\.0"),
        (lambda: integrate_flow([], [1.0]), "starts must hold at least one weight"),
        (lambda: blow_up_time(3, starts=[1.0]), "starts must be k = 3 weights, got 1"),
        (lambda: plateau_time(2, 5, 0.1), "k must be at least 3, got 2"),
        (lambda: plateau_time(3, 5, 0.5), r"error must lie in \[0, 0\.5\), got 0\.5"),
        (lambda: disjoint_error([1.0], 0), "block_size must be at least 1, got 0"),
        (lambda: disjoint_error([1.0], 3, law="poisson"), "law must be binomial or normal"),
        (lambda: theorem7_steps(10, 3), "n must be a multiple of k, got n=10, k=3"),
    ],
)
def test_wrong_arguments_are_named(call, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        call()


@pytest.mark.parametrize(("k", "block_size"), [(1, 4), (2, 3), (2, 5), (3, 3), (3, 4), (4, 3)])
def test_the_error_is_that_of_the_network_on_all_inputs(k: int, block_size: int) -> None:
    rng = np.random.default_rng(0)
    inputs = np.array(list(itertools.product((-1, 1), repeat=k * block_size)))
    blocks = inputs.reshape(-1, k, block_size)
    for relevant in ([0.7] * k, np.arange(1, k + 1), rng.uniform(-3, 3, k), [2.0] * k):
        weights = rng.choice((-1.0, 1.0), (k, block_size))
        weights[:, 0] = relevant
        outputs = (blocks * weights).sum(axis=2).prod(axis=1)
        labels = blocks[:, :, 0].prod(axis=1)
        error = 0.5 - (np.sign(outputs) * labels).mean() / 2  # a tie counts half
        assert disjoint_error(relevant, block_size) == pytest.approx(error, abs=1e-14)


def test_the_normal_law_is_the_limit_of_the_binomial() -> None:
    for block_size, within in ((101, 5e-2), (10_001, 5e-3)):
        v = np.linspace(0.1, 2, 7)[:, None] * math.sqrt(block_size) * np.ones(3)
        exact = disjoint_error(v, block_size)
        assert disjoint_error(v, block_size, law="normal") == pytest.approx(exact, abs=within)


def test_tiny_errors_do_not_drown_in_rounding() -> None:
    # Wrong if the 30 others outvote a weight of 30: all against it, which is a tie, in each block.
    assert disjoint_error([30.0] * 3, 31) == pytest.approx(3 * 2.0**-31, rel=1e-6)
    assert disjoint_error([30.5] * 3, 31) == 0


def test_the_error_falls_to_its_value_exactly_at_the_plateaus_end() -> None:
    k, block_size = 3, 101
    for law in ("binomial", "normal"):
        for error in (0.49, 0.3, 0.01):
            end = plateau_time(k, block_size, error, law=law)
            before, after = (flow(end * (1 + shift), k) for shift in (-1e-9, 1e-9))
            assert disjoint_error([float(before)] * k, block_size, law=law) >= error - 1e-7
            assert disjoint_error([float(after)] * k, block_size, law=law) <= error + 1e-7


@pytest.mark.parametrize("k", range(3, 8))
@pytest.mark.parametrize("gamma", [0.01, 0.1])
def test_theorem_6_bounds_the_plateau_with_the_constant_1(k: int, gamma: float) -> None:
    sizes = [10**4 + 1, 10**5 + 1, 10**6 + 1]
    rests = [1 - plateau_share(k, size, 0.5 - gamma) for size in sizes]
    for size, rest in zip(sizes, rests, strict=True):
        assert 0 < rest <= plateau_remainder(k, size, gamma) + 1e-15
    # The stated exponent of n' is the true one, as far as 1 - share can be told from rounding.
    if rests[1] > 1e-9:
        scale = math.sqrt(2) * erfinv((2 * gamma) ** (1 / k))
        constant = scale ** (2 - k) * gamma ** (1 - 2 / k)
        ratio = rests[1] / plateau_remainder(k, sizes[1], gamma)
        assert ratio == pytest.approx(constant, rel=0.03)
        slope = math.log(rests[1] / rests[0]) / math.log(sizes[1] / sizes[0])
        assert slope == pytest.approx(1 - k / 2, abs=0.02)


def test_theorem_7_is_solved_by_its_least_number_of_steps() -> None:
    n, k, error, failure = 30, 3, 0.05, 0.1
    steps = theorem7_steps(n, k, error=error, failure=failure)
    wanted = 6 * math.log(2 * n * steps / failure) * math.log(2 * k / error) * (3 * 10 - 2) ** 5
    assert steps == pytest.approx(wanted, rel=1e-12)


def test_ties_of_even_blocks_are_broken_by_the_first_move() -> None:
    """At n' = 10 an error of 0.49 is reached at once: no rounding makes a plateau of it."""
    assert plateau_time(3, 10, 0.49) == 0
    assert plateau_time(3, 11, 0.49) == pytest.approx(0.5)
