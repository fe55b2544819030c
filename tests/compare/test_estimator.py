"""The scikit-learn classifier: scikit-learn's own checks, and what it promises about parities."""

import doctest
import pickle
import re
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

import parity_compare as pc
from parity_compare.algorithms.exhaustive import ExhaustiveSearch
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.task import Task
from parity_compare.estimator import LIKELY_LUCK, NoParityFound, ParityClassifier, UnsureParity
from parity_compare.problems.bits import Bits
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access
from parity_compare.problems.parity import SparseParity

PAGE = Path(__file__).parents[2] / "docs" / "estimator.md"


@parametrize_with_checks([ParityClassifier()])
def test_scikit_learns_own_checks(estimator, check) -> None:
    """All of them. That of the array API is skipped unless SCIPY_ARRAY_API=1; it passes then."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoParityFound)
        warnings.simplefilter("ignore", UnsureParity)
        check(estimator)


def test_the_page_prints_what_it_shows() -> None:
    """The how-to page's sessions, run one after the other."""
    source = "\n".join(re.findall(r"```pycon\n(.*?)```", PAGE.read_text(), re.DOTALL))
    test = doctest.DocTestParser().get_doctest(source, {}, PAGE.name, str(PAGE), 0)
    assert len(test.examples) > 20
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoParityFound)
        result = doctest.DocTestRunner().run(test)
    assert result.failed == 0


def test_scikit_learn_is_imported_only_when_the_class_is_asked_for() -> None:
    script = (
        "import sys, parity_compare as pc; before = 'sklearn' in sys.modules; "
        "pc.ParityClassifier; print(before, 'sklearn' in sys.modules, 'torch' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "True", "False"]


def coins(m: int, n: int, seed: int = 0) -> Bits:
    """``(m, n)`` fair bits."""
    return np.random.default_rng(seed).integers(0, 2, (m, n), dtype=np.uint8)


@pytest.mark.parametrize("constant", [0, 1])
@pytest.mark.parametrize("written", ["bits", "signs", "booleans", "real"])
def test_however_bits_are_written_the_parity_is_found(written: str, constant: int) -> None:
    bits = coins(200, 12)
    labels = bits[:, 2] ^ bits[:, 5] ^ bits[:, 7] ^ constant
    forms = {
        "bits": bits,
        "signs": 2 * bits.astype(np.int8) - 1,
        "booleans": bits.astype(bool),
        "real": np.where(bits, 0.7, -1e-3),
    }
    X = forms[written]
    fitted = ParityClassifier(random_state=0).fit(X, np.where(labels, "yes", "no"))
    assert list(fitted.classes_) == ["no", "yes"]
    assert list(fitted.support_) == [2, 5, 7]
    assert (fitted.constant_, fitted.noise_, fitted.status_) == (constant, 0.0, "found")
    assert np.array_equal(fitted.predict(X) == "yes", labels == 1)


def test_the_threshold_may_lie_elsewhere() -> None:
    volts = np.random.default_rng(0).uniform(0, 5, (200, 8))
    y = (volts[:, 1] > 2.5) ^ (volts[:, 6] > 2.5)
    assert list(ParityClassifier(binarize=2.5).fit(volts, y).support_) == [1, 6]


def test_without_a_threshold_what_is_no_bit_is_named() -> None:
    X = pd.DataFrame(coins(100, 3), columns=["a", "b", "c"])
    y = X["a"] ^ X["c"]
    fitted = ParityClassifier(binarize=None).fit(X, y)
    X.loc[6, "b"] = 2
    for call in (lambda: fitted.predict(X), lambda: clone(fitted).fit(X, y)):
        with pytest.raises(InvalidInput, match="got 2 at row 7, column 'b'"):
            call()


def test_data_frames_give_the_names() -> None:
    X = pd.DataFrame(coins(200, 6), columns=[f"addr{i}" for i in range(6)])
    y = X["addr1"] ^ X["addr4"]
    fitted = ParityClassifier().fit(X, y)
    assert list(fitted.support_names_) == ["addr1", "addr4"]
    assert fitted.solution_.columns == ("addr1", "addr4")
    assert list(fitted.feature_names_in_) == list(X.columns)
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(X[X.columns[::-1]])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        fitted.predict(X.to_numpy())
    assert list(clone(fitted).fit(X.to_numpy(), y).support_names_) == ["x1", "x4"]


def test_nullable_columns_are_read_and_missing_values_refused() -> None:
    X = pd.DataFrame(coins(200, 6)).rename(columns=str)
    y = (X["0"] ^ X["3"]).astype("boolean")
    mixed = X.astype({"0": "boolean", "1": "Int8", "2": "bool"})
    assert list(ParityClassifier().fit(mixed, y).support_) == [0, 3]
    mixed.loc[5, "1"] = pd.NA
    with pytest.raises(ValueError, match="NaN"):
        ParityClassifier().fit(mixed, y)


def unpack(integers: np.ndarray) -> np.ndarray:
    """Bits 0 to 15 of a column of integers: ``(m, 16)``."""
    return (np.asarray(integers) >> np.arange(16)) & 1


@pytest.mark.filterwarnings("ignore::parity_compare.estimator.NoParityFound")
def test_grid_search_in_a_pipeline_finds_the_size_and_the_learner() -> None:
    addresses = np.random.default_rng(1).integers(0, 1 << 16, (300, 1))
    bank = (addresses[:, 0] >> 3 ^ addresses[:, 0] >> 9 ^ addresses[:, 0] >> 14) & 1
    pipeline = make_pipeline(FunctionTransformer(unpack), ParityClassifier(random_state=0))
    grid = {"parityclassifier__k": [1, 3], "parityclassifier__learner": ["exhaustive", "random"]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(addresses, bank)
    assert search.best_params_["parityclassifier__k"] == 3
    assert search.best_score_ == 1.0
    assert list(search.best_estimator_[-1].support_) == [3, 9, 14]
    assert max(search.cv_results_["mean_test_score"][:2]) < 0.7  # k = 1


def test_cross_validated_accuracy_is_one_minus_the_noise_rate() -> None:
    """Every label is held out once: the hits are Binomial(1500, 0.9) if every fold finds S.

    Five standard deviations are left for them, a false alarm of 6e-7; a fold misses S with a
    probability far below that.
    """
    samples = SparseParity(12, 3, noise=0.1, seed=5).sample(1500)
    scores = cross_val_score(ParityClassifier(random_state=0), samples.X, samples.y, cv=5)
    assert abs(scores.mean() - 0.9) < 5 * np.sqrt(0.09 / 1500)


def test_probabilities_hold_on_fresh_noisy_labels() -> None:
    """Of 20000 fresh labels, a share of 0.15 is wrong, give or take.

    The estimate from 2000 labels has standard deviation 8.0e-3 and the fresh share 2.5e-3; five
    of both together, 0.042, leave a false alarm of 6e-7.
    """
    samples = SparseParity(12, 3, noise=0.15, seed=6).sample(22000)
    X, y = samples.bits, samples.labels
    fitted = ParityClassifier(random_state=0).fit(X[:2000], y[:2000])
    told = fitted.predict_proba(X[2000:])
    assert np.allclose(told.sum(axis=1), 1)
    assert np.array_equal(fitted.classes_[told.argmax(axis=1)], fitted.predict(X[2000:]))
    missed = np.mean(fitted.predict(X[2000:]) != y[2000:])
    assert abs(told.min() - missed) < 0.042
    assert fitted.noise_interval_[0] < 0.15 < fitted.noise_interval_[1]
    entropy = -(0.15 * np.log(0.15) + 0.85 * np.log(0.85))
    assert abs(log_loss(y[2000:], told) - entropy) < 0.042 * np.log(0.85 / 0.15)


def test_probabilities_follow_the_stated_formula() -> None:
    X = coins(100, 5)
    sure = ParityClassifier().fit(X, X[:, 0] ^ X[:, 1])
    assert sure.predict_proba(X).min() == pytest.approx(0.5 / 101)
    few = coins(18, 8, seed=2)
    with pytest.warns(UnsureParity, match="luck makes one as good with probability up to 0"):
        unsure = ParityClassifier().fit(few, few[:, 0] ^ few[:, 1])
    q = unsure.chance_
    assert 1e-3 < q < LIKELY_LUCK
    assert list(unsure.support_) == [0, 1]
    assert unsure.predict_proba(few).min() == pytest.approx((1 - q) * 0.5 / 19 + q / 2)


def test_the_best_parity_is_predicted_with_although_solve_would_not_give_it() -> None:
    """On these rows luck does as well with a probability between 1/1000 and 1/20."""
    rng = np.random.default_rng(2)
    X = rng.integers(0, 2, (45, 20), dtype=np.uint8)
    y = X[:, 1] ^ X[:, 4] ^ X[:, 9] ^ (rng.random(45) < 0.1)
    solution = pc.solve(X, y)
    assert solution.support is None
    assert solution.guess is not None
    with pytest.warns(UnsureParity, match="the parity that is predicted is not sure"):
        fitted = ParityClassifier(random_state=0).fit(X, y)
    assert 1e-3 < fitted.chance_ < LIKELY_LUCK
    assert fitted.chance_ == solution.guess.chance
    assert tuple(fitted.support_) == solution.guess.answer.support == (1, 4, 9)
    assert fitted.status_ == solution.status.value != "found"
    assert int(np.count_nonzero(fitted.predict(X) == y)) == solution.guess.agreements
    assert fitted.predict_proba(X).min() > 0.5 * fitted.chance_


class _Hasty(Learner):
    """Names the first two columns as its time runs out."""

    name = "hasty"
    access = Access.SAMPLE

    def search(self, task: Task) -> Finding:
        task.draw(1)
        return Finding(Status.TIMEOUT, np.array([0, 1]))


def test_a_learner_that_does_not_vouch_for_its_parity_is_said_so() -> None:
    X = coins(2000, 20)
    with pytest.warns(UnsureParity, match="is not sure: hasty does not vouch for it") as caught:
        fitted = ParityClassifier(_Hasty()).fit(X, X[:, 0] ^ X[:, 1])
    assert "luck" not in str(caught[0].message)
    assert fitted.chance_ < 1e-100
    assert (fitted.status_, list(fitted.support_)) == ("timeout", [0, 1])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"k": 3.0}, "k must be an integer, got 3.0"),
        ({"noise": "0.1"}, "noise must be a number, got '0.1'"),
        ({"time_limit": "60s"}, "time_limit must be a number, got '60s'"),
        ({"binarize": "x"}, "binarize must be a number, got 'x'"),
    ],
)
def test_what_is_no_number_is_refused(parameters: dict[str, object], message: str) -> None:
    X = coins(100, 5)
    with pytest.raises(InvalidInput, match=re.escape(message)):
        ParityClassifier(**parameters).fit(X, X[:, 0])


def test_where_there_is_no_parity_the_majority_is_predicted() -> None:
    """Labels by coin toss: a search accepts a parity of them with probability 1e-6 at most."""
    rng = np.random.default_rng(3)
    X, y = coins(300, 8), np.where(rng.random(300) < 0.6, "many", "few")
    with pytest.warns(NoParityFound, match="the majority class is predicted") as caught:
        fitted = ParityClassifier(random_state=0).fit(X, y)
    assert caught[0].filename == __file__
    share = np.mean(y == "few")
    assert 0.3 < share < 0.5
    assert len(fitted.support_) == 0
    assert len(fitted.support_names_) == 0
    assert fitted.status_ != "found"
    assert fitted.constant_ == 1
    assert set(fitted.predict(X)) == {"many"}
    assert fitted.noise_ == pytest.approx(share)
    assert fitted.predict_proba(X[:1])[0] == pytest.approx(
        [(300 * share + 0.5) / 301, 1 - (300 * share + 0.5) / 301]
    )


def test_a_parity_that_any_labels_have_counts_as_none() -> None:
    """As many independent rows as columns: every labelling is some parity of them."""
    X = np.vstack([np.zeros((1, 10), np.uint8), np.eye(10, dtype=np.uint8)])
    y = np.random.default_rng(0).integers(0, 2, 11)
    with pytest.warns(NoParityFound, match="one that may well be luck"):
        fitted = ParityClassifier(learner="gf2").fit(X, y)
    assert fitted.solution_.support is not None
    assert fitted.chance_ > 0.5
    assert (fitted.status_, len(fitted.support_)) == ("underdetermined", 0)
    assert len(set(fitted.predict(X))) == 1


@pytest.mark.parametrize(("m", "k"), [(100, 3), (2, None)])
def test_a_single_class_is_predicted_without_ado(m: int, k: int | None) -> None:
    X = coins(m, 6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = ParityClassifier(learner="sgd", k=k).fit(X, ["only"] * m)
    assert set(fitted.predict(X)) == {"only"}
    assert (len(fitted.support_), fitted.noise_) == (0, 0.0)
    assert np.array_equal(fitted.predict_proba(X), np.ones((m, 1)))


@dataclass(frozen=True)
class FirstTwo(Learner):
    """Predicts the XOR of features 0 and 1 without naming them."""

    name: ClassVar[str] = "first-two"
    access: ClassVar[Access] = Access.SAMPLE
    status: Status = Status.FOUND

    def search(self, task: Task) -> Finding:
        return Finding(self.status, predictor=_first_two)


def _first_two(bits: Bits) -> Bits:
    labels: Bits = bits[:, 0] ^ bits[:, 1]
    return labels


def test_a_predictor_without_a_support_is_predicted_with_if_its_learner_vouches_for_it() -> None:
    X = coins(100, 4)
    y = X[:, 0] ^ X[:, 1]
    fitted = ParityClassifier(learner=FirstTwo()).fit(X, y)
    assert (len(fitted.support_), fitted.noise_, fitted.chance_) == (0, 0.0, 1.0)
    assert np.array_equal(fitted.predict(X), y)
    assert fitted.predict_proba(X).min() == pytest.approx(0.5 / 101)
    with pytest.warns(NoParityFound):
        lost = ParityClassifier(learner=FirstTwo(Status.TIMEOUT)).fit(X, y)
    assert len(set(lost.predict(X))) == 1


@pytest.mark.parametrize(
    "learner", ["auto", "exhaustive[failure=1e-9]", ExhaustiveSearch(failure=1e-9), FirstTwo()]
)
def test_it_can_be_cloned_and_pickled(learner: str | Learner) -> None:
    X = coins(200, 6)
    y = X[:, 0] ^ X[:, 1]
    fitted = clone(ParityClassifier(learner=learner, k=2, random_state=3)).fit(X, y)
    again = pickle.loads(pickle.dumps(fitted))
    assert again.get_params() == fitted.get_params()
    assert again.get_params()["learner"] == learner
    assert np.array_equal(again.predict(X), y)
    assert again.solution_ == fitted.solution_


def test_equal_states_give_equal_results() -> None:
    """Random subsets of two columns out of six: what is tried differs, the count tells."""
    X = coins(60, 12)
    y = X[:, 0] ^ X[:, 1] ^ X[:, 2]
    one = ParityClassifier(learner="random", k=3, random_state=1)
    steps = [one.fit(X, y).solution_.cost.steps for _ in range(2)]
    assert steps[0] == steps[1]
    state = ParityClassifier(learner="random", k=3, random_state=np.random.RandomState(1))
    drawn = {state.fit(X, y).solution_.cost.steps for _ in range(5)}
    assert len(drawn) > 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"learner": "gf3"}, "unknown learner 'gf3'; did you mean gf2"),
        ({"learner": 7}, "learner must be a name or a Learner, got 7"),
        ({"noise": 0.7}, r"noise must lie in \[0, 0.5\), got 0.7"),
        ({"k": 9}, r"k must lie in 1\.\.n = 1\.\.4, got 9"),
        ({"time_limit": 0}, "time_limit must be positive or None, got 0"),
        ({"binarize": float("nan")}, "binarize must be finite or None, got nan"),
    ],
)
def test_parameters_out_of_range_are_refused_at_fit(parameters: dict, message: str) -> None:
    X = coins(50, 4)
    with pytest.raises(InvalidInput, match=message):
        ParityClassifier(**parameters).fit(X, X[:, 0])
