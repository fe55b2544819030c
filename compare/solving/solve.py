"""Which columns XOR to the label."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.acceptance import chance_of_agreement
from parity_compare.algorithms.outcome import Cost, Status
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.numbers import integer, real
from parity_compare.problems.samples import Encoding, Samples
from parity_compare.solving import advice
from parity_compare.solving.coset import LISTED, Lightest, lightest
from parity_compare.solving.deadline import Deadline
from parity_compare.solving.neighbours import Place
from parity_compare.solving.portfolio import Search
from parity_compare.solving.solution import Answer, Guess, Rival, Solution
from parity_compare.solving.system import prepare

if TYPE_CHECKING:
    from parity_compare.algorithms.learner import Learner

AUTO = "auto"


def solve(
    X: npt.ArrayLike | Samples,
    y: npt.ArrayLike | None = None,
    *,
    algo: str | Learner = AUTO,
    k: int | None = None,
    noise: float | None = None,
    seed: int = 0,
    time_limit: float | None = 60.0,
    encoding: Encoding = "auto",
    threads: int = 1,
) -> Solution:
    """Find the columns whose XOR is the label, or its opposite.

    Args:
        X: ``(m, n)`` array of 0/1, -1/+1 or booleans, or a DataFrame, whose names are then the
            columns'; or a :class:`Samples`, then without ``y``.
        y: ``(m,)`` labels, in either convention.
        algo: a learner, as text or as an object, which gets exactly the rows; or ``auto``, which
            picks learners by size, rank and noise (see :mod:`.solving.portfolio`).
        k: number of columns, if known.
        noise: share of wrong labels, if known.
        seed: the learners' randomness.
        time_limit: seconds, None for no limit.
        encoding: ``bits``, ``signs`` or ``auto`` (see :meth:`Samples.from_arrays`).
        threads: CPU threads that may work at once.

    Raises:
        InvalidInput: a value is not a bit, shapes do not fit, a number is none or out of its range,
            or the learner is unknown.
    """
    samples = X if isinstance(X, Samples) else _samples(X, y, encoding)
    if not samples.m:
        raise InvalidInput("X must have at least one row, got 0")
    if k is not None or noise is not None:
        from parity_compare.algorithms.task import check_side_information

        check_side_information(samples.n, k, noise)
    if time_limit is not None and not real("time_limit", time_limit) > 0:
        raise InvalidInput(f"time_limit must be positive, got {time_limit}")
    integer("seed", seed)
    if integer("threads", threads) < 1:
        raise InvalidInput(f"threads must be at least 1, got {threads}")
    if algo == AUTO:
        prepare(samples)
        return _automatic(samples, k, noise, Deadline(time_limit), seed, threads)
    return _by_name(algo, samples, k, noise, Deadline(time_limit), seed, threads)


def _by_name(
    algo: str | Learner,
    samples: Samples,
    k: int | None,
    noise: float | None,
    deadline: Deadline,
    seed: int,
    threads: int,
) -> Solution:
    from parity_compare.algorithms import registry
    from parity_compare.solving.attempting import named

    learner = registry.parse(algo) if isinstance(algo, str) else algo
    outcome, constant, attempts = named(
        learner, samples, k=k, noise=noise, deadline=deadline, seed=seed, threads=threads
    )
    solution = Solution(
        **vars(outcome),
        learner=learner.name,
        samples=samples,
        constant=constant,
        k=k,
        attempts=attempts,
    )
    support = solution.support
    if support is None:
        return solution
    system = solution.system
    solution = replace(solution, elimination=system)
    forms = lightest(system, support, size=k, rng=np.random.default_rng(seed))
    others = _answers(solution, support, constant, forms)
    solution = replace(solution, alternatives=others[:LISTED])
    return replace(solution, advice=advice.on_answer(solution, forms.method))


def _automatic(
    samples: Samples,
    k: int | None,
    noise: float | None,
    deadline: Deadline,
    seed: int,
    threads: int,
) -> Solution:
    search = Search(samples, k, noise, deadline, seed, threads)
    search.run()
    told = {"k": k, "noise": noise}
    side_information = tuple(name for name, value in told.items() if value is not None)
    seconds = sum(attempt.seconds for attempt in search.ledger.attempts)
    cost = Cost(seconds=seconds, samples=samples.m, steps=len(search.ledger.attempts))
    last = search.ledger.attempts[-1]
    found, status = search.contest.best, search.status
    solution = Solution(
        support=None,
        status=status,
        cost=cost,
        detail=last.detail,
        side_information=side_information,
        learner=last.learner.partition("[")[0],
        samples=samples,
        k=k,
        attempts=tuple(search.ledger.attempts),
        elimination=search.system,
    )
    if status is not Status.FOUND or found is None:
        return replace(
            solution,
            detail=_best_of_none(search, last.detail),
            guess=_guess(search),
            excluded=advice.excluded(
                search.system, search.ledger.reach, search.ledger.dense, k, by=search.ledger.by
            ),
            advice=advice.on_nothing(search.system, k, noise, status, search.contest.note),
        )
    support, constant = found.place.support, found.place.constant
    attempt = next(
        a for a in reversed(search.ledger.attempts) if a.learner.startswith(found.learner)
    )
    solution = replace(
        solution,
        support=support,
        constant=constant,
        learner=found.learner,
        detail=attempt.detail,
        ties=found.ties,
        alternatives=_answers(solution, support, constant, found.coset)[:LISTED],
        rival=_rival(samples, found.place, found.rival),
    )
    return replace(solution, advice=advice.on_answer(solution, found.coset.method))


def _answers(
    solution: Solution, support: tuple[int, ...], constant: int, forms: Lightest
) -> tuple[Answer, ...]:
    """The other supports of a coset, each with the constant that makes it label rows alike."""
    value = constant ^ solution.system.value(support)
    return tuple(
        _answer(solution.system.samples, other, value ^ solution.system.value(other))
        for other in forms.supports
        if other != support
    )


def _answer(samples: Samples, support: tuple[int, ...], constant: int) -> Answer:
    return Answer(support, tuple(samples.names[i] for i in support), constant)


def _rival(samples: Samples, answer: Place, second: Place | None) -> Rival | None:
    """How the next best answer compares on the rows where the two differ."""
    if second is None:
        return None
    differ = samples.parity(answer.support) ^ samples.parity(second.support)
    differing = int(differ.sum(dtype=np.int64))
    if answer.constant != second.constant:
        differing = samples.m - differing
    # Of these rows each has exactly one of the two right.
    right = (differing + second.misses - answer.misses) // 2
    return Rival(
        _answer(samples, second.support, second.constant),
        samples.m - second.misses,
        differing,
        chance_of_agreement(right, differing, 1) if differing else 1.0,
    )


def _guess(search: Search) -> Guess | None:
    """The best answer that was met, where none is given."""
    best, samples = search.contest.best, search.samples
    if best is None:
        return None
    answer = _answer(samples, best.place.support, best.place.constant)
    return Guess(answer, samples.m - best.place.misses, best.chance)


def _best_of_none(search: Search, detail: str) -> str:
    """The best answer there was, and how probably luck does as well."""
    if search.contest.best is None:
        return detail
    place, names = search.contest.best.place, search.samples.names
    terms = advice.equation(tuple(names[i] for i in place.support), place.constant)
    return (
        f"The best, {terms}, agrees with {search.samples.m - place.misses} of {search.samples.m} "
        f"rows, as luck does with probability up to {search.contest.best.chance:.2g}."
    )


def _samples(X: npt.ArrayLike, y: npt.ArrayLike | None, encoding: Encoding) -> Samples:
    if y is None:
        raise InvalidInput("y must be given beside X")
    names = tuple(map(str, getattr(X, "columns", ())))
    return Samples.from_arrays(X, y, names=names, encoding=encoding)
