"""scikit-learn's learners are what they say: against its own estimators, and closed forms."""

import itertools
import math

import numpy as np
import pytest
import torch
from baseline_cases import KINDS, every_input, meet
from scipy.stats import binom
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Lasso as Regression

from parity_compare.algorithms import Status, Task
from parity_compare.algorithms.forest import Forest
from parity_compare.algorithms.kernel_machine import KernelMachine, by_overlap, degree_shares
from parity_compare.algorithms.lasso import Lasso
from parity_compare.algorithms.monomials import Monomials
from parity_compare.problems import ExampleOracle, SparseParity


def test_the_ntk_is_that_of_a_wide_network():
    """Gradients of a two-layer ReLU network with biases, by autograd, against the closed form.

    f(x) = sum_r u_r relu(w_r x / sqrt n + b_r) / sqrt(width), all weights standard normal. An entry
    of the kernel is an average over 200 000 units, of standard deviation below 4 each: five
    standard errors are 0.045, which one of 28 exceeds with probability below 2e-5.
    """
    n, width = 6, 200_000
    generator = torch.Generator().manual_seed(0)
    rng = np.random.default_rng(1)
    signs = rng.choice([-1.0, 1.0], size=(7, n))
    signs[1] = -signs[0]
    inputs = torch.tensor(signs)
    parameters = [
        torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
        for shape in ((width, n), (width,), (width,))
    ]
    rows = []
    for x in inputs:
        inner, bias, outer = parameters
        f = outer @ torch.relu(inner @ x / math.sqrt(n) + bias) / math.sqrt(width)
        rows.append(torch.cat([g.flatten() for g in torch.autograd.grad(f, parameters)]).numpy())
    jacobian = np.array(rows)
    # At t = 1 the closed form is 1, the network's kernel 2: both layers give 1 there.
    expected = 2 * by_overlap(signs @ signs.T / n, "ntk", 1)
    assert np.abs(jacobian @ jacobian.T - expected).max() < 0.045


@pytest.mark.parametrize("kind", KINDS)
def test_a_kernel_weighs_every_degree(kind):
    """By its Fourier coefficients on the cube, exactly: none is negative, and those up to the
    degree that it can learn are positive. Without biases the NTK would have none at 3, 5, ..."""
    n, degree = 8, 4
    one = np.ones(n)
    values = by_overlap(1 - 2 * every_input(n).sum(axis=1) / n, kind, degree)
    signs = 1.0 - 2 * every_input(n)
    for size in range(n + 1):
        coefficient = np.mean(values * signs[:, :size].prod(axis=1))
        if kind == "polynomial" and size > degree:
            assert abs(coefficient) < 1e-12
        else:
            assert coefficient > 1e-9
    assert by_overlap(np.array([one @ one / n]), kind, degree) == pytest.approx(1)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_degrees_share_is_what_they_share_on_large_cubes(kind):
    """C(n, d) lambda_d at n = 400, by the sum over distances, is within 5 % of its limit."""
    n = 400
    flips = np.arange(n + 1)
    weights = binom.pmf(flips, n, 0.5)
    values = by_overlap(1 - 2 * flips / n, kind, 4)
    shares = degree_shares(kind, 4)
    for d in range(5):
        krawtchouk = [
            sum((-1) ** j * math.comb(w, j) * math.comb(n - w, d - j) for j in range(d + 1))
            for w in flips.tolist()
        ]
        exact = float(weights @ (values * np.array(krawtchouk, dtype=float)))
        assert shares[d] == pytest.approx(exact, rel=0.05)
    assert 0.98 < math.fsum(shares) < 1 + 1e-9  # the NTK has more degrees than are told


@pytest.mark.parametrize(("n", "k"), [(10, 2), (20, 2), (10, 3)])
def test_a_kernel_needs_about_the_examples_that_its_eigenvalues_foretell(n, k):
    """Training sets double, so that what is found lies within a factor of two of what is needed."""
    outcome = meet("kernel[examples=64]", SparseParity(n, k))
    trained = outcome.cost.samples - 512
    assert outcome.status is Status.FOUND
    assert trained / 4 <= KernelMachine().examples_for(n, k, 0.0) <= 4 * trained


def test_a_kernel_machine_is_scikit_learns():
    problem = SparseParity(9, 2, noise=0.1, seed=2)
    samples, fresh = problem.sample(120, seed=1), problem.sample(200, seed=2)
    learner = KernelMachine(kind="rbf", ridge=0.3)
    predict = learner.fit(Task(problem.examples()), samples)
    # exp(2 (t - 1)) with t = <x, x'> / n is exp(-gamma |x - x'|^2) for gamma = 1 / n.
    reference = KernelRidge(alpha=0.3, kernel="rbf", gamma=1 / 9).fit(samples.X, samples.y)
    assert np.array_equal(predict(fresh.bits), reference.predict(fresh.X) < 0)


# --- the others are scikit-learn's too ------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "made"), [("random", RandomForestClassifier), ("extra", ExtraTreesClassifier)]
)
def test_portions_grow_the_forest_that_one_call_grows(kind, made):
    problem = SparseParity(10, 3, seed=0)
    samples, fresh = problem.sample(150), problem.sample(300, seed=9)
    predict = Forest(kind=kind, trees=23).fit(Task(problem.examples(), seed=4), samples)
    state = int(np.random.default_rng(4).integers(2**31))
    reference = made(23, random_state=state).fit(samples.bits, samples.labels)
    assert np.array_equal(predict(fresh.bits), reference.predict(fresh.bits))


def test_lasso_is_scikit_learns_on_explicit_monomials():
    """The same features in the same order, the same penalty, and so the same coefficients."""
    n, k, m = 9, 3, 120
    samples = SparseParity(n, k, noise=0.1, seed=1).sample(m, seed=2)
    sets = list(itertools.combinations(range(n), k))
    explicit = np.array([samples.X[:, list(t)].prod(axis=1) for t in sets], dtype=float).T
    monomials = Monomials(n, [k])
    values = monomials.values(samples.columns, m, lambda: None)
    assert np.array_equal(values.T, explicit)
    assert [monomials.support(i) for i in range(len(sets))] == sets
    price = math.sqrt(2 * math.log(2 * len(sets)) / m)
    reference = Regression(alpha=price, fit_intercept=False).fit(explicit, samples.y).coef_
    oracle = ExampleOracle.over(samples)
    outcome = Lasso().learn(oracle, k=k)
    assert outcome.support == sets[int(np.argmax(np.abs(reference)))]
    assert f"{np.count_nonzero(reference)} of {len(sets)} monomials" in outcome.detail
    assert f"coefficient, {np.abs(reference).max():.3g}," in outcome.detail


def test_monomials_of_several_degrees_follow_one_another():
    samples = SparseParity(7, 2).sample(70)
    monomials = Monomials(7, [1, 2, 4])
    values = monomials.values(samples.columns, 70, lambda: None)
    sets = [t for d in (1, 2, 4) for t in itertools.combinations(range(7), d)]
    assert [monomials.support(i) for i in range(monomials.count)] == sets
    expected = np.array([samples.X[:, list(t)].prod(axis=1) for t in sets])
    assert np.array_equal(values, expected)
