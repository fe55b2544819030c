"""scikit-learn's learners: what they can learn, how they fail, and that they are what they say."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy.stats import binom
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Lasso as Regression

from parity_compare.algorithms import Budget, Status, Task
from parity_compare.algorithms.forest import Forest
from parity_compare.algorithms.kernel_machine import KernelMachine, by_overlap, degree_shares
from parity_compare.algorithms.lasso import Lasso
from parity_compare.algorithms.monomials import Monomials
from parity_compare.algorithms.nearest_neighbours import NearestNeighbours
from parity_compare.algorithms.recognition import flipped
from parity_compare.algorithms.registry import parse
from parity_compare.algorithms.supervised import recognise
from parity_compare.judge import judge
from parity_compare.problems import ExampleOracle, InvalidInput, Samples, SparseParity

WATCHED = {"error": lambda state: 0.0}
KINDS = ("rbf", "ntk", "polynomial")


def meet(label, problem, *, samples=None, k=None, noise=None, seed=0, budget=None, watched=False):
    learner = parse(label)
    learner.prepare(problem.n)
    oracle = problem.examples(seed=1)
    if samples is not None:
        oracle = ExampleOracle.over(problem.sample(samples, seed=1))
    return learner.learn(
        oracle, k=k, noise=noise, budget=budget, rng=seed, probes=WATCHED if watched else {}
    )


def every_input(n):
    return np.array(list(itertools.product((0, 1), repeat=n)), dtype=np.uint8)


# --- what they can learn --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "n", "k"),
    [
        ("forest[trees=30]", 10, 1),
        ("forest[trees=30,kind=extra]", 8, 2),
        ("kernel", 20, 1),
        ("kernel", 12, 2),
        ("kernel[kind=ntk]", 12, 2),
        ("kernel[kind=polynomial,degree=3]", 8, 3),
        ("nearest", 6, 2),
        ("nearest[neighbours=3]", 6, 1),
    ],
)
def test_small_parities_are_learned_on_every_input(label, n, k):
    problem = SparseParity(n, k, seed=2)
    outcome = meet(label, problem)
    assert outcome.status is Status.FOUND, outcome.detail
    assert outcome.support == problem.support
    clean = problem.clean_sample(2000)
    assert np.array_equal(outcome.predict_bits(clean.bits), clean.labels)
    assert outcome.side_information == ()
    assert judge(outcome, problem).solved


@pytest.mark.parametrize("label", ["kernel[ridge=1,kind=polynomial,degree=2]", "kernel[ridge=3]"])
def test_a_kernel_with_enough_ridge_sees_through_noise(label):
    problem = SparseParity(8, 2, noise=0.1, seed=1)
    outcome = meet(label, problem)
    assert (outcome.status, outcome.support) == (Status.FOUND, problem.support), outcome.detail


@pytest.mark.parametrize(
    ("n", "k", "noise", "told"),
    [(20, 3, 0.0, True), (20, 3, 0.2, True), (20, 3, 0.1, False), (12, 1, 0.3, True)],
)
def test_lasso_finds_the_monomial(n, k, noise, told):
    """False alarms and misses have a chance of 1e-6 each; the seeds are fixed."""
    problem = SparseParity(n, k, noise=noise, seed=3)
    side = {"k": k, "noise": noise} if told else {}
    outcome = meet("lasso", problem, **side)
    assert (outcome.status, outcome.support) == (Status.FOUND, problem.support), outcome.detail
    assert outcome.side_information == tuple(side)


# --- what they cannot -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "label",
    ["forest[trees=50]", "forest[trees=50,kind=extra]", *(f"kernel[kind={k}]" for k in KINDS)],
)
def test_at_30_bits_and_five_of_them_2000_examples_teach_nothing(label):
    """The judge's accuracy is Binomial(8192, 1/2) / 8192 where nothing was learned; it leaves the
    interval by chance with probability 1e-3 per learner, and the seeds are fixed."""
    problem = SparseParity(30, 5, seed=0)
    outcome = meet(label, problem, samples=2000, watched=True)
    verdict = judge(outcome, problem)
    low, high = binom.interval(0.999, 8192, 0.5) / np.float64(8192)
    assert outcome.status is Status.OUT_OF_SAMPLES
    assert outcome.support is None
    assert low <= verdict.accuracy <= high
    assert (verdict.solved, verdict.criterion) == (False, "prediction")
    assert "on 500 held-out ones: chance level." in outcome.detail
    assert outcome.cost.samples == 2000
    # The flat line: 500 held-out labels, false alarm 1e-3 for each of four trainings.
    held_low, held_high = binom.interval(0.999, 500, 0.5) / np.float64(500)
    assert list(outcome.trace["trained"]) == [375, 750, 1500]
    assert set(outcome.trace["held_out"]) == {500}
    assert (
        (held_low <= outcome.trace["accuracy"]) & (outcome.trace["accuracy"] <= held_high)
    ).all()


def test_lasso_without_the_degree_gives_up():
    """No monomial of degree 2 has anything to do with a parity of three; 1e-6 for a false alarm."""
    outcome = meet("lasso[degree=2]", SparseParity(12, 3, seed=1))
    assert outcome.status is Status.GAVE_UP
    assert outcome.support is None


def test_trees_that_know_the_order_of_splits_would_be_enough():
    """It is the choice of the splits that fails, not the class of trees: shown the three columns
    of S alone, which leaves nothing to choose, the same forest is right after 100 examples."""
    problem = SparseParity(30, 3, seed=0)
    drawn = problem.sample(100)
    bits = drawn.bits[:, list(problem.support)]
    narrow = Samples.from_arrays(bits, drawn.labels, encoding="bits")
    predict = Forest(trees=30).fit(Task(ExampleOracle.over(narrow), seed=0), narrow)
    assert np.array_equal(predict(every_input(3)), every_input(3).sum(axis=1) % 2)


def test_nearest_neighbours_are_as_good_as_the_krawtchouk_polynomial_says():
    """At distance d the label is right with probability (1 + K_k(d) / C(n, k)) / 2.

    The accuracy on the judge's 8192 inputs is compared with its mean over the distances met, which
    it leaves by five standard deviations with probability below 1e-6.
    """
    problem = SparseParity(16, 3, seed=0)
    known = problem.sample(1000, seed=5)
    predict = NearestNeighbours().fit(Task(problem.examples()), known)
    clean = problem.clean_sample(8192)
    accuracy = np.mean(predict(clean.bits) == clean.labels)
    distances = (clean.bits[:, None, :] != known.bits[None]).sum(axis=2).min(axis=1)

    def krawtchouk(d):
        return sum((-1) ** j * math.comb(d, j) * math.comb(13 + 3 - d, 3 - j) for j in range(4))

    expected = np.mean([(1 + krawtchouk(int(d)) / math.comb(16, 3)) / 2 for d in distances])
    # Inputs share nearest examples: the variance is at most about that of 1000 labels, not 8192.
    assert abs(accuracy - expected) < 5 * math.sqrt(0.25 / 1000)
    assert expected > 0.6


# --- the kernels ----------------------------------------------------------------------------------


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


# --- recognising a parity -------------------------------------------------------------------------


def test_a_predictor_is_recognised_exactly_if_it_is_a_parity():
    """A predictor wrong on one input in 256 passes 8192 tests with probability 1e-14."""

    def parity(bits):
        return (bits[:, 1] ^ bits[:, 4]).astype(np.uint8)

    def spoilt(bits):
        return parity(bits) ^ bits[:, :8].all(axis=1)

    rng = np.random.default_rng(0)
    assert recognise(parity, 10, rng) == (1, 4)
    assert recognise(spoilt, 10, rng) is None
    assert recognise(lambda bits: 1 - parity(bits), 10, rng) is None
    assert recognise(lambda bits: np.zeros(len(bits), np.uint8), 10, rng) is None
    assert flipped(lambda rows: (rows[:, 0] >> np.uint64(3)).astype(np.uint8) & 1, 9, rng) == (3,)


# --- limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["forest[trees=20]", "kernel", "nearest"])
def test_threads_change_nothing(label):
    problem = SparseParity(12, 3, seed=5)
    one, two = (
        meet(label, problem, samples=900, seed=3, budget=Budget(threads=threads), watched=True)
        for threads in (1, 2)
    )
    assert (one.status, one.detail) == (two.status, two.detail)
    assert np.array_equal(one.trace["accuracy"], two.trace["accuracy"])
    fresh = problem.sample(500, seed=8).bits
    assert np.array_equal(one.predict_bits(fresh), two.predict_bits(fresh))


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (
            "kernel[memory=1000000]",
            "Training on 256 would take 1.61e+06 bytes, memory allows 1e+06",
        ),
        ("kernel[memory=10000000]", "on 512 held-out ones: chance level. Training on 1024 would"),
        (
            "lasso[memory=1000000]",
            "1.43e+05 monomials on 38 examples are 2.17e+07 bytes, memory al",
        ),
    ],
)
def test_what_does_not_fit_into_memory_is_not_begun(label, said):
    outcome = meet(label, SparseParity(30, 5), k=5, noise=0.0)
    assert outcome.status is Status.GAVE_UP
    assert said in outcome.detail
    assert outcome.cost.peak_memory <= 1e7


def test_a_training_that_would_end_too_late_is_not_begun():
    """The clock is moved by hand, so that every training takes a second."""

    class Slow(KernelMachine):
        def fit(self, task, samples):
            trained.append(samples.m)
            task.clock.discount(-1.0)
            return super().fit(task, samples)

    trained = []
    outcome = Slow().learn(SparseParity(30, 5).examples(), budget=Budget(seconds=5.0))
    assert outcome.status is Status.TIMEOUT
    assert trained == [256]  # twice the examples take about eight times as long
    assert "Training on 512 would take about" in outcome.detail
    assert outcome.can_predict


def test_held_out_examples_are_too_few_to_tell():
    """20 labels are all right by luck with probability 2^-20, which is just below 1e-6."""
    for samples in (1, 79):
        outcome = meet("kernel", SparseParity(5, 1), samples=samples)
        assert outcome.status is Status.OUT_OF_SAMPLES
        assert outcome.cost.samples == 0
        assert "it could be luck" in outcome.detail
    assert meet("kernel", SparseParity(5, 1), samples=80).status is Status.FOUND


def test_a_list_is_used_whole_and_halved_downwards():
    outcome = meet("kernel", SparseParity(30, 5), samples=1100, watched=True)
    assert outcome.cost.samples == 1100
    assert list(outcome.trace["trained"]) == [413, 825]
    assert set(outcome.trace["held_out"]) == {275}


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: Lasso(degree=0), "degree must be at least 1, got 0"),
        (lambda: Lasso(penalty=0.0), "penalty must be positive, got 0.0"),
        (lambda: Lasso(memory=0), "memory must be at least 1, got 0"),
        (lambda: Lasso(failure=1.0), r"failure must lie in \(0, 1\), got 1.0"),
        (lambda: Lasso(assumed_noise=0.5), r"assumed_noise must lie in \[0, 0.5\), got 0.5"),
        (lambda: Forest(trees=0), "trees must be at least 1, got 0"),
        (lambda: Forest(kind="oak"), "kind must be random or extra, got 'oak'"),
        (lambda: KernelMachine(kind="x"), "kind must be one of rbf, ntk, polynomial, got 'x'"),
        (lambda: KernelMachine(ridge=0.0), "ridge must be positive, got 0.0"),
        (lambda: KernelMachine(degree=0), "degree must be at least 1, got 0"),
        (lambda: NearestNeighbours(neighbours=0), r"neighbours must lie in 1..examples = 1..256"),
        (lambda: Forest(examples=0), "examples must be at least 1, got 0"),
        (lambda: Forest(examples=10, most_examples=9), "most_examples must be at least examples"),
        (lambda: Forest(failure=0.0), r"failure must lie in \(0, 1\), got 0.0"),
    ],
)
def test_hyperparameters_are_checked_where_they_enter(make, rule):
    with pytest.raises(InvalidInput, match=rule):
        make()
