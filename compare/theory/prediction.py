"""What each learner should need on an instance, the bounds beside it, and who should win.

Nothing is run: every number comes from the learners' own formulas, from the bounds of this package,
and, where a folder of results is given, from its finished trials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from parity_compare.algorithms import registry
from parity_compare.algorithms.forecast import Forecast
from parity_compare.algorithms.learner import Learner
from parity_compare.calibration import Calibration, forecast_of
from parity_compare.experiment import Experiment
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access
from parity_compare.spec import TrialSpec
from parity_compare.storage.store import Store
from parity_compare.theory.batches import (
    Theorem4,
    proposition9_samples,
    theorem4_batch,
    theorem5_complexity,
)
from parity_compare.theory.checks import check_at_least, check_instance, check_open_unit
from parity_compare.theory.disjoint import plateau_share, theorem7_steps
from parity_compare.theory.information import (
    InformationSamples,
    RandomTries,
    information_samples,
    random_search_tries,
)
from parity_compare.theory.queries import sq_queries

LIKELY = 0.5
"""A learner whose chance of success is not above it is not expected to succeed."""

PLATEAU_ERROR = 0.49
"""The error at which Theorem 6 says that the plateau ends, as the paper has it."""


@dataclass(frozen=True)
class Need:
    """What one learner should need on an instance.

    Attributes:
        learner: its text.
        access: what it may ask.
        told: the side information that it makes use of.
        samples: examples it draws, None where it draws none or nobody knows.
        queries: statistical queries it asks, None for a learner that asks none.
        operations: until it succeeds, None for unknown.
        operations_unit: of what.
        seconds: on one core, None for unknown.
        basis: what the seconds rest on, see :class:`.calibration.Prediction`.
        trials: on how many finished trials.
        memory: bytes at the peak, None for unknown.
        chance: of success, as far as the formulas know.
        obstacle: what stands against it, in a sentence; empty if nothing does.
        guess: why its numbers are no more than a guess, in a sentence; empty if they are more.
        ranked: whether its seconds may be compared: those of simulated queries may not.
    """

    learner: str
    access: str
    told: tuple[str, ...]
    samples: float | None
    queries: float | None
    operations: float | None
    operations_unit: str
    seconds: float | None
    basis: str
    trials: int
    memory: int | None
    chance: float
    obstacle: str
    guess: str
    ranked: bool

    @property
    def succeeds(self) -> bool:
        """Whether it is expected to succeed."""
        return self.chance > LIKELY


@dataclass(frozen=True)
class Bounds:
    """What theory says of an instance, whoever learns it.

    Attributes:
        information: examples that tell S from all other subsets.
        tolerance: of the statistical queries, (1 - 2 noise) / 4.
        queries: of that tolerance that a statistical-query learner needs for a chance of 1/2.
        tries: of random search.
        proposition9: examples at which the best threshold neuron's gradient shows S.
        proposition9_majority: the same of the majority's; None for even n or odd k.
        theorem4: its orders; None for even n or odd k.
        theorem5: D R^2 that a fixed embedding needs for the error 1/2.
        theorem6: share of the flow on which a disjoint PolyNet errs on 49 % of inputs or more; None
            unless k >= 3 divides n into blocks of 3 or more.
        theorem7: steps that are enough for SGD on a disjoint PolyNet; None unless k >= 2 divides n.
        failure: the chance of failure that the samples and steps are for.
    """

    information: InformationSamples
    tolerance: float
    queries: float
    tries: RandomTries
    proposition9: float
    proposition9_majority: float | None
    theorem4: Theorem4 | None
    theorem5: float
    theorem6: float | None
    theorem7: float | None
    failure: float


@dataclass(frozen=True)
class Needs:
    """What theory predicts for an instance.

    Attributes:
        n, k, noise: the instance.
        samples: size of a fixed list of examples, None for fresh ones without end.
        rows: one per learner.
        bounds: whoever learns.
        faults: what could not be predicted, one line per learner that could not be made.
        notes: what the predictions rest on.
    """

    n: int
    k: int
    noise: float
    samples: int | None
    rows: tuple[Need, ...]
    bounds: Bounds
    faults: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def fastest(self) -> Need | None:
        """Of the learners that should succeed, the one of fewest seconds.

        Guesses do not compete; None if no seconds are known.
        """
        known = [row for row in self.rows if row.succeeds and row.ranked and not row.guess]
        timed = [(row.seconds, row) for row in known if row.seconds is not None]
        return min(timed, key=lambda pair: pair[0])[1] if timed else None

    @property
    def thriftiest(self) -> Need | None:
        """The same of fewest examples."""
        counted = [(row.samples, row) for row in self.rows if row.succeeds and not row.guess]
        known = [(samples, row) for samples, row in counted if samples is not None]
        return min(known, key=lambda pair: pair[0])[1] if known else None


def bounds(n: int, k: int, noise: float = 0.0, *, failure: float = 0.01) -> Bounds:
    """The bounds of an instance.

    Args:
        n, k: the instance, S uniformly random.
        noise: noise rate in [0, 0.5).
        failure: chance of failure that samples and steps are for, in (0, 1).

    Raises:
        InvalidInput: an argument is out of range.
    """
    check_instance(n, k, noise)
    check_open_unit("failure", failure)
    majority, blocks = n % 2 == 1 and k % 2 == 0, n % k == 0
    tolerance = (1 - 2 * noise) / 4
    return Bounds(
        information=information_samples(n, k, noise, failure),
        tolerance=tolerance,
        queries=sq_queries(n, k, tolerance, noise=noise),
        tries=random_search_tries(n, k),
        proposition9=proposition9_samples(n, k, noise, failure),
        proposition9_majority=(
            proposition9_samples(n, k, noise, failure, threshold="majority") if majority else None
        ),
        theorem4=theorem4_batch(n, k, failure) if majority else None,
        theorem5=theorem5_complexity(n, k),
        theorem6=(
            plateau_share(k, n // k, PLATEAU_ERROR) if blocks and k >= 3 and n >= 3 * k else None
        ),
        theorem7=(
            theorem7_steps(n, k, error=failure, failure=failure) if blocks and k >= 2 else None
        ),
        failure=failure,
    )


def needs(
    n: int,
    k: int,
    noise: float = 0.0,
    *,
    samples: int | None = None,
    learners: Sequence[str] | None = None,
    out: str | Path | None = None,
) -> list[Need]:
    """What each learner should need: the rows of :func:`predict`."""
    return list(predict(n, k, noise, samples=samples, learners=learners, out=out).rows)


def predict(
    n: int,
    k: int,
    noise: float = 0.0,
    *,
    samples: int | None = None,
    learners: Sequence[str] | None = None,
    out: str | Path | None = None,
    failure: float = 0.01,
) -> Needs:
    """What each learner should need on an instance, and which should win.

    The learners are told k and the noise rate, and run on one core of the CPU, one at a time.

    Args:
        n, k: the instance.
        noise: noise rate in [0, 0.5).
        samples: size of a fixed list of examples, None for fresh ones without end.
        learners: texts such as ``gf2`` or ``sgd[width=1000]``; None for all that are known, those
            of other packages included, at their defaults.
        out: folder whose finished trials the seconds rest on; None for formulas and speeds alone.
        failure: chance of failure that the bounds are for.

    Raises:
        InvalidInput: an argument is out of range, a learner that was named is unknown or fails,
            or ``out`` is no folder.
    """
    stated = bounds(n, k, noise, failure=failure)
    if samples is not None:
        check_at_least("samples", samples, 1)
    calibration = _calibration(out)
    rows: list[Need] = []
    faults: list[str] = []
    for text in registry.names() if learners is None else learners:
        try:
            spec = _spec(text, n, k, noise, samples)
            rows.append(_need(spec, forecast_of(spec), calibration))
        except InvalidInput as fault:
            if learners is not None:
                raise
            faults.append(str(fault))
        except Exception as fault:  # a plug-in's own; it must not hide the others
            reason = f"{type(fault).__name__}: {fault}"
            failing = f"learner {text!r} of {registry.origin(text)} fails: {reason}"
            if learners is not None:
                raise InvalidInput(failing) from fault
            faults.append(failing)
    if samples is not None:
        least = information_samples(n, k, noise, 1 - LIKELY).necessary
        rows = [_limited(row, samples, least) for row in rows]
    return Needs(
        n=n,
        k=k,
        noise=noise,
        samples=samples,
        rows=tuple(rows),
        bounds=stated,
        faults=tuple(faults),
        notes=tuple(_notes(rows)),
    )


def _calibration(out: str | Path | None) -> Calibration:
    if out is None:
        return Calibration(())
    if not Path(out).is_dir():
        raise InvalidInput(f"out must be a folder of results, got {str(out)!r}")
    with Store(Path(out), read_only=True) as store:
        return Calibration(store.glimpses())


def _spec(text: str, n: int, k: int, noise: float, samples: int | None) -> TrialSpec:
    experiment = Experiment(
        learners=(text,), n=(n,), k=(k,), noise=(noise,), samples=(samples,), trials=1
    )
    return next(iter(experiment.specs()))


def _need(spec: TrialSpec, forecast: Forecast | None, calibration: Calibration) -> Need:
    learner = spec.make_learner()
    prediction = calibration.predict(spec, forecast)
    asks = learner.access is Access.QUERIES
    begins = forecast is None or forecast.begins
    operations = None if forecast is None or not begins else forecast.operations
    return Need(
        learner=spec.learner,
        access=str(learner.access),
        told=learner.wants,
        samples=None if forecast is None or not begins else forecast.samples,
        queries=operations if asks else None,
        operations=operations,
        operations_unit=learner.operations_unit,
        seconds=prediction.seconds if begins else None,
        basis=prediction.basis,
        trials=prediction.trials,
        memory=None if forecast is None or not begins else forecast.memory,
        chance=1.0 if forecast is None else forecast.chance if begins else 0.0,
        obstacle=_obstacle(forecast),
        guess=guess_of(learner, spec.n, spec.k, spec.noise, spec.samples)
        if begins and prediction.basis != "cell"
        else "",
        ranked=not asks or learner.query_demand(spec.noise).answers == "sample",
    )


def _obstacle(forecast: Forecast | None) -> str:
    if forecast is None:
        return "It has no formula."
    if not forecast.begins and not forecast.obstacle:
        return "It does not begin."
    return forecast.obstacle


def _limited(row: Need, samples: int, least: int) -> Need:
    """The row with what information theory says against any learner of so few examples."""
    if samples >= least or (row.access == Access.QUERIES and row.samples is None):
        return row
    obstacle = f"Any learner needs {least} examples to be right half of the time, not {samples}."
    return replace(row, chance=min(row.chance, LIKELY), obstacle=obstacle)


def _notes(rows: Sequence[Need]) -> list[str]:
    """What the predictions rest on, sentence by sentence."""
    measured = [row.learner for row in rows if row.trials]
    by_speed = any(row.basis == "speed" for row in rows)
    notes = ["Learners are told k and the noise rate, and run alone on one core."]
    if measured:
        notes.append(f"Seconds of {', '.join(measured)} rest on finished trials.")
    if by_speed:
        rest = "other seconds" if measured else "seconds"
        notes.append(
            f"All {rest} are formulas at the speed of a common core, within a factor of a few."
        )
    if any(row.guess for row in rows):
        notes.append("Guesses do not compete for the first place.")
    if any(not row.ranked for row in rows):
        notes.append("Queries are answered by a simulated oracle: their seconds are not ranked.")
    return notes


def guess_of(learner: Learner, n: int, k: int | None, noise: float, samples: int | None) -> str:
    """Why a network's forecast is no more than a guess; empty for other learners.

    Args:
        learner: which.
        n, k, noise: the instance.
        samples: size of a fixed list of examples, None for fresh ones without end.
    """
    from parity_compare.algorithms.sgd import SGD

    if not isinstance(learner, SGD):
        return ""
    if samples is not None:
        return "No formula tells how many fixed examples make a network generalise."
    from parity_compare.algorithms.training.foresight import LAW_BITS, LAW_SIZES

    within = LAW_BITS[0] <= n <= LAW_BITS[1] and LAW_SIZES[0] <= (k or 0) <= LAW_SIZES[1]
    if within and noise == 0:
        return ""
    return (
        f"Its steps follow a law fitted without noise at {LAW_BITS[0]} <= n <= {LAW_BITS[1]} and "
        f"{LAW_SIZES[0]} <= k <= {LAW_SIZES[1]}; elsewhere they are likely more."
    )
