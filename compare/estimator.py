"""The learners as a scikit-learn classifier: pipelines, grid search, cross-validation.

Importing this module imports scikit-learn; the package exports its names lazily.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Status
from parity_compare.algorithms.registry import parse
from parity_compare.problems.bits import Bits, pack
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.numbers import integer, real
from parity_compare.problems.samples import Samples, read_encoding
from parity_compare.solving.solution import LUCK, Solution
from parity_compare.solving.solve import AUTO, solve
from parity_compare.statistics import wilson

LIKELY_LUCK = 0.05
"""An answer that luck makes with this probability or more is not predicted with.

Where there is nothing to find, at most this share of fits predicts with a parity.
"""


class NoParityFound(ConvergenceWarning):  # type: ignore[misc]  # scikit-learn has no types
    """No parity was found, or only one that luck makes as well; the majority is predicted."""


class UnsureParity(ConvergenceWarning):  # type: ignore[misc]  # scikit-learn has no types
    """A parity was found that the data do not settle; it is predicted with all the same."""


@dataclass(frozen=True)
class _Parity:
    """A parity to predict with, and the chance that luck does as well."""

    support: tuple[int, ...]
    constant: int
    chance: float


class ParityClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # as above
    """Classify by the XOR of a few features: label = constant XOR the features of the support.

    With b(x) in {0, 1}^n the binarised features, S the support and c the constant, class number
    c XOR (XOR over i in S of b(x)_i) is predicted. S and c come from :func:`parity_compare.solve`,
    so every learner of this package can be asked, and the labels may be noisy.

    What is predicted with is the first of these that there is: a parity that luck makes with
    probability below 1/20; the predictor of a learner that found no support but vouches for what
    it learnt, such as ``forest``; the majority class. Warnings tell of the last case
    (:class:`NoParityFound`), and of a parity that the data do not settle (:class:`UnsureParity`).

    Args:
        learner: ``auto``, which picks learners by size, noise and rank, or a learner, as text such
            as ``pooled-gauss`` or ``sgd[width=1000]``, or as an object.
        k: number of features in the support, if known.
        noise: share of wrong labels, if known, in [0, 0.5).
        time_limit: seconds for one fit, None for no limit.
        binarize: threshold above which a feature is 1 and else 0, so that 0/1, -1/+1 and booleans
            all keep their meaning; None if features must be bits already, and anything else is an
            error.
        random_state: the learner's randomness: an int for the same results at every fit, a
            ``RandomState``, or None for NumPy's global one. A fit that its time limit cuts short
            may still differ.

    Attributes:
        classes_: ``(1,)`` or ``(2,)`` the class labels, sorted; number 1 is bit 1.
        n_features_in_: number of features seen in fit.
        feature_names_in_: their names, where X has names that are all strings.
        support_: the features found, sorted; empty if there are none.
        support_names_: their names; ``x0``, ``x1``, ... where X has none.
        constant_: 0 or 1, what is XORed to the features of the support; without a support, the
            number of the majority class.
        noise_: share of training labels that the predictions miss. For a parity this estimates the
            noise rate; for a learner without a support it is optimistic, as training errors are.
        noise_interval_: Wilson 95 % interval of it.
        chance_: bound on the probability that luck does as well as the support, see
            :attr:`parity_compare.Solution.chance`; without a support, of the best parity that was
            met, or 1.
        status_: how the learner ended, such as ``found`` or ``gave_up``; ``underdetermined`` also
            where all that it found is a parity that luck makes as well.
        solution_: everything else that is known, a :class:`parity_compare.Solution`; it keeps the
            training data, packed into bits.
    """

    def __init__(
        self,
        learner: str | Learner = "auto",
        *,
        k: int | None = None,
        noise: float | None = None,
        time_limit: float | None = 60.0,
        binarize: float | None = 0.0,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.learner = learner
        self.k = k
        self.noise = noise
        self.time_limit = time_limit
        self.binarize = binarize
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> ParityClassifier:
        """Find the features whose XOR is the label.

        Args:
            X: ``(m, n)`` array or data frame of numbers or booleans.
            y: ``(m,)`` labels of any kind, of at most two classes.

        Returns:
            The fitted classifier itself.

        Raises:
            InvalidInput: a parameter is out of range, the learner is unknown, or a feature is no
                bit although ``binarize`` is None.
            ValueError: scikit-learn refuses the data: missing or infinite values, sparse matrices,
                shapes that do not fit, more than two classes.
        """
        self._check_parameters()
        features, targets = validate_data(self, X, y)
        check_classification_targets(targets)
        kind = type_of_target(targets, input_name="y", raise_unknown=True)
        if kind != "binary":
            raise ValueError(
                f"Only binary classification is supported. The type of the target is {kind}."
            )
        self.classes_, numbers = np.unique(targets, return_inverse=True)
        bits, labels = self._bits(features), numbers.astype(np.uint8)
        self._keep(self._solve(bits, labels), bits, labels)
        return self

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[np.generic]:
        """The class of every row.

        Args:
            X: ``(m, n)`` features as in fit.

        Returns:
            ``(m,)`` of the class labels.

        Raises:
            NotFittedError: ``fit`` was not called.
            ValueError: X does not fit to what was learnt, or holds values that fit would refuse.
        """
        numbers = self._numbers(X)
        predicted: npt.NDArray[np.generic] = self.classes_[numbers]
        return predicted

    def predict_proba(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The probability of each class for every row.

        The predicted class has probability 1 - p and the other one p. For u training labels missed
        out of m, p = (u + 1/2) / (m + 1), the mean of the noise rate under Jeffreys' prior, which
        is never 0. For a parity that luck makes with probability q, p is (1 - q) times that plus
        q / 2: if it was luck, either class is as likely.

        Args:
            X: ``(m, n)`` features as in fit.

        Returns:
            ``(m, classes)`` float64, columns in the order of ``classes_``.

        Raises:
            NotFittedError, ValueError: as :meth:`predict`.
        """
        numbers = self._numbers(X)
        if len(self.classes_) == 1:
            return np.ones((len(numbers), 1))
        table = np.array([[1 - self._miss, self._miss], [self._miss, 1 - self._miss]])
        probabilities: npt.NDArray[np.float64] = table[numbers]
        return probabilities

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.poor_score = True  # blobs of real numbers are no parities
        return tags

    def _check_parameters(self) -> None:
        """Refuse what no data could make right."""
        if not isinstance(self.learner, str | Learner):
            raise InvalidInput(f"learner must be a name or a Learner, got {self.learner!r}")
        if isinstance(self.learner, str) and self.learner != AUTO:
            parse(self.learner)
        if self.time_limit is not None and not real("time_limit", self.time_limit) > 0:
            raise InvalidInput(f"time_limit must be positive or None, got {self.time_limit}")
        if self.binarize is not None and not math.isfinite(real("binarize", self.binarize)):
            raise InvalidInput(f"binarize must be finite or None, got {self.binarize}")

    def _bits(self, X: npt.NDArray[np.generic]) -> Bits:
        """``(m, n)`` uint8 of 0 and 1; +1 is bit 1 here, as x > 0 has it."""
        if self.binarize is None:
            read_encoding(X, self._names())
        bits: Bits = np.greater(X, self.binarize or 0.0).astype(np.uint8)
        return bits

    def _names(self) -> Sequence[str]:
        given = getattr(self, "feature_names_in_", None)
        return [f"x{i}" for i in range(self.n_features_in_)] if given is None else list(given)

    def _solve(self, bits: Bits, labels: Bits) -> Solution:
        samples = Samples(bits.shape[1], pack(bits), labels, tuple(self._names()))
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        if len(self.classes_) == 1:
            # The parity of no features: there is nothing that a learner, or k, could add.
            return solve(samples, algo="gf2", seed=seed)
        return solve(
            samples,
            algo=self.learner,
            k=None if self.k is None else integer("k", self.k),
            noise=self.noise,
            seed=seed,
            time_limit=self.time_limit,
        )

    def _keep(self, solution: Solution, bits: Bits, labels: Bits) -> None:
        """Set what is known after fit, and warn of what is not."""
        m = len(labels)
        parity = _best(solution)
        answered = solution.support is not None
        likely = parity.chance < LIKELY_LUCK
        lucky = answered and not likely
        majority = int(2 * labels.sum(dtype=np.int64) > m)
        self._has_predictor = not answered and solution.status is Status.FOUND
        self.solution_ = solution
        self.status_ = (Status.UNDERDETERMINED if lucky else solution.status).value
        self.chance_ = parity.chance
        self.support_ = np.array(parity.support if likely else (), dtype=np.intp)
        self.support_names_ = np.array(self._names(), dtype=object)[self.support_]
        self.constant_ = parity.constant if likely else majority
        misses = int(np.count_nonzero(self._label(bits) != labels))
        self.noise_, low, high = wilson(misses, m)
        self.noise_interval_ = (low, high)
        luck = parity.chance if likely else 0.0
        self._miss = min((1 - luck) * (misses + 0.5) / (m + 1) + luck / 2, 0.5)
        if len(self.classes_) == 2:
            self._warn(likely)

    def _warn(self, likely: bool) -> None:
        solution = self.solution_
        luck = f"luck makes one as good with probability up to {self.chance_:.2g}"
        category: type[Warning] = NoParityFound
        if likely and not solution.sure:
            category, what = UnsureParity, "the parity that is predicted is not sure"
            if solution.support is not None:
                # It may be the learner that does not vouch for what it named, as after a timeout.
                unsure = f"{solution.learner} does not vouch for it"
                what += f": {luck if self.chance_ > LUCK else unsure}"
        elif solution.support is not None and not likely:
            what = f"no parity was found but one that may well be luck: {luck}"
        elif solution.support is None and not self._has_predictor:
            what = "no parity was found"
        else:
            return
        ends = "" if likely else "; the majority class is predicted"
        message = f"{what} (status {self.status_}){ends}. {solution.message}".rstrip()
        warnings.warn(message, category, stacklevel=4)

    def _numbers(self, X: npt.ArrayLike) -> Bits:
        """``(m,)`` uint8, the number of every row's class."""
        check_is_fitted(self)
        return self._label(self._bits(validate_data(self, X, reset=False)))

    def _label(self, bits: Bits) -> Bits:
        if self._has_predictor:
            return self.solution_.predict_bits(bits)
        labels: Bits = np.bitwise_xor.reduce(bits[:, self.support_], axis=1, initial=self.constant_)
        return labels


def _best(solution: Solution) -> _Parity:
    """The answer, or else the best parity that was met; a chance of 1 where there is none."""
    if solution.support is not None:
        return _Parity(solution.support, solution.constant, solution.chance)
    guess = solution.guess
    if guess is not None:
        return _Parity(guess.answer.support, guess.answer.constant, guess.chance)
    return _Parity((), 0, 1.0)
