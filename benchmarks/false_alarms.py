"""How often the tests of mechanism are wrong, and how often they find what is there.

    python benchmarks/false_alarms.py [--samples N] [--only WORDS] [--write]

Every row draws samples from a law that is known, asks one test at level 0.05 with 199 resamples,
and counts. A rejection is a p-value of at most 0.05: where the test's null hypothesis holds it is a
false alarm, else the share of rejections is the test's power. ``--only`` takes the tables whose
question has these words. ``--write`` puts the tables into docs/benchmarks/false_alarms.md and
leaves the others there as they are. Some twelve minutes on one core at 200 samples per row.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from parity_compare.mechanism import Course, exponents, foretells, initialisation, memoryless
from parity_compare.statistics import wilson

LEVEL = 0.05
RESAMPLES = 199
DOCUMENT = Path(__file__).parent.parent / "docs" / "benchmarks" / "false_alarms.md"

Times = tuple[np.ndarray, np.ndarray]
Asked = tuple[float, str]  # a p-value and an answer


class Row(NamedTuple):
    """One law, and a test of it.

    Attributes:
        law: what is drawn, in words.
        size: how much of it, in words.
        censored: which share ends without success, in words.
        holds: whether the test's null hypothesis holds.
        ask: one sample's p-value and answer, from a generator and a seed.
    """

    law: str
    size: str
    censored: str
    holds: bool
    ask: Callable[[np.random.Generator, int], Asked]


def cut(drawn: np.ndarray, share: float, rng: np.random.Generator, *, at_random: bool) -> Times:
    """Censor about this share: all at one limit, or each at an exponential time of its own."""
    if not share:
        return drawn, np.ones(len(drawn), dtype=bool)
    limits = np.full(len(drawn), np.quantile(drawn, 1 - share, method="lower"))
    if at_random:
        limits = np.ceil(rng.exponential(drawn.mean() * (1 - share) / share, len(drawn)))
    return np.minimum(drawn, limits), drawn <= limits


def memoryless_rows() -> Iterator[Row]:
    """Memoryless times of several grains, sizes and limits; then rising and late ones."""

    def row(
        law: str,
        draw: Callable[[np.random.Generator, int], np.ndarray],
        size: int,
        share: float = 0.0,
        *,
        holds: bool = True,
        at_random: bool = False,
    ) -> Row:
        def ask(rng: np.random.Generator, seed: int) -> Asked:
            times, solved = cut(draw(rng, size), share, rng, at_random=at_random)
            result = memoryless(times, solved, level=LEVEL, resamples=RESAMPLES, seed=seed)
            return result.p, result.answer

        how = f"{100 * share:.0f} %, {'each at its own time' if at_random else 'at one limit'}"
        return Row(law, f"{size} trials", how if share else "none", holds, ask)

    for mean in (3, 10, 1000):

        def tries(rng: np.random.Generator, size: int, mean: int = mean) -> np.ndarray:
            return rng.geometric(1 / mean, size).astype(float)

        for size in (10, 40, 200):
            yield row(f"geometric, mean {mean}", tries, size)
    for size, share in ((40, 0.3), (200, 0.3), (200, 0.7)):
        yield row("geometric, mean 1000", tries, size, share)
        yield row("geometric, mean 1000", tries, size, share, at_random=True)
    for size in (10, 40, 200):
        yield row("exponential", lambda rng, size: rng.exponential(size=size), size)
    for size, share in ((20, 0.0), (40, 0.0), (40, 0.5)):
        yield row(
            "Weibull, shape 2",
            lambda rng, size: rng.weibull(2, size),
            size,
            share,
            holds=False,
        )
    for size in (40, 100):
        yield row(
            "geometric, mean 50, after 10 steps without",
            lambda rng, size: 10.0 + rng.geometric(0.02, size),
            size,
            holds=False,
        )
    yield row(
        "geometric, mean 10 or 100",
        lambda rng, size: rng.geometric(np.where(rng.random(size) < 0.5, 0.1, 0.01)).astype(float),
        100,
        holds=False,
    )


def exponent_rows() -> Iterator[Row]:
    """One power law, then an exponent that rises from 1 to 2 or from 1 to 1.5 in the middle."""
    sizes = (10, 15, 20, 30, 40, 60, 80)

    def row(
        law: str,
        median: Callable[[int], float],
        count: int,
        limit: float = math.inf,
        *,
        censored: str = "none",
        holds: bool = True,
    ) -> Row:
        def ask(rng: np.random.Generator, seed: int) -> Asked:
            times = {}
            for n in sizes:
                drawn = np.maximum(np.round(median(n) * rng.lognormal(0, 0.3, count)), 1)
                times[n] = np.where(drawn > limit, math.inf, drawn)
            result = exponents(times, level=LEVEL, resamples=RESAMPLES, seed=seed)
            return result.p, result.answer

        return Row(law, f"{len(sizes)} sizes, {count} trials each", censored, holds, ask)

    for count in (10, 25, 100):
        yield row("n^1.5", lambda n: n**1.5, count)
    yield row("n^1.5", lambda n: n**1.5, 25, 600.0, censored="past 600 steps")
    yield row("7 n^0.3, many equal times", lambda n: 7 * n**0.3, 100)
    for count in (10, 25):
        yield row(
            "exponent 1, from n = 30 on 2",
            lambda n: 10.0 * n if n <= 30 else n * n / 3,
            count,
            holds=False,
        )
    for count in (25, 100):
        yield row(
            "exponent 1, from n = 30 on 1.5",
            lambda n: 10.0 * n if n <= 30 else 10 * 30**-0.5 * n**1.5,
            count,
            holds=False,
        )


def initialisation_rows() -> Iterator[Row]:
    """Starts without influence, then starts that cause a fifth or four fifths of the variance."""

    def row(
        law: str, share: float, starts: int, replays: int, censored: float = 0.0, *, skewed: bool
    ) -> Row:
        def ask(rng: np.random.Generator, seed: int) -> Asked:
            groups = np.repeat(np.arange(starts), replays)
            start = rng.normal(0, math.sqrt(share), starts)[groups]
            rest = np.log(rng.exponential(size=len(groups))) if skewed else rng.normal(
                0, math.sqrt(1 - share), len(groups)
            )  # fmt: skip
            times, solved = cut(np.exp(6 + start + rest), censored, rng, at_random=False)
            result = initialisation(
                times, groups, solved, level=LEVEL, resamples=RESAMPLES, seed=seed
            )
            return result.p, result.answer

        how = f"{100 * censored:.0f} %, at one limit" if censored else "none"
        return Row(law, f"{starts} starts, {replays} replays", how, share == 0, ask)

    for starts, replays in ((5, 5), (10, 10), (30, 3)):
        yield row("log-normal, no influence", 0.0, starts, replays, skewed=False)
        yield row("exponential, no influence", 0.0, starts, replays, skewed=True)
    yield row("log-normal, no influence", 0.0, 10, 10, 0.08, skewed=False)
    for share in (0.2, 0.8):
        yield row(f"log-normal, ICC {share:g}", share, 20, 5, skewed=False)


def foretelling_rows() -> Iterator[Row]:
    """A measure that has nothing to do with the time left, then one that grows as it nears."""

    def row(law: str, count: int, coupling: float) -> Row:
        def ask(rng: np.random.Generator, seed: int) -> Asked:
            courses = []
            for _ in range(count):
                time_ = math.ceil(200 * rng.lognormal(0, 0.4))
                steps = np.unique(np.round(np.geomspace(1, time_, 40)))
                speed = math.exp(coupling * math.log(200 / time_) + rng.normal(0, 0.2))
                measure = speed * steps
                loss = 1 + 0.1 * rng.normal(size=len(steps))
                courses.append(Course(steps, measure, loss, float(time_), solved=True))
            result = foretells(courses, level=LEVEL, resamples=RESAMPLES, seed=seed)
            return result.p, result.answer

        return Row(law, f"{count} trials", "none", coupling == 0, ask)

    for count in (30, 60, 150):
        yield row("the measure's speed is independent of the time", count, 0.0)
    for count in (30, 60):
        yield row("the measure's speed is inverse to the time, within 20 %", count, 1.0)


def growing(rng: np.random.Generator, errors: Sequence[float]) -> Course:
    """A trial whose measure and loss grow inversely to its time, each but for an error of its own.

    Args:
        rng: where time and errors come from.
        errors: standard deviations of ln speed, of the measure and of the loss.
    """
    time_ = math.ceil(200 * rng.lognormal(0, 0.4))
    steps = np.unique(np.round(np.geomspace(1, time_, 40)))
    measure, loss = (200 / time_ * math.exp(rng.normal(0, error)) * steps for error in errors)
    return Course(steps, measure, loss, float(time_), solved=True)


def lead_rows() -> Iterator[Row]:
    """A loss that knows as much as the measure, each with errors of its own; then one that lags.

    The null hypothesis has no p-value of its own: the interval of the difference decides, so that
    an answer of yes counts as a rejection.
    """

    def row(law: str, count: int, errors: Sequence[float]) -> Row:
        def ask(rng: np.random.Generator, seed: int) -> Asked:
            courses = [growing(rng, errors) for _ in range(count)]
            result = foretells(courses, level=LEVEL, resamples=RESAMPLES, seed=seed)
            return float(result.answer != "yes"), result.answer

        return Row(law, f"{count} trials", "none", errors[0] == errors[1], ask)

    for error in (0.05, 0.2, 0.5):
        for count in (30, 60, 150):
            law = f"measure and loss are inverse to the time, each within {100 * error:.0f} %"
            yield row(law, count, (error, error))
    for count in (30, 60, 150):
        law = "the measure is inverse to the time within 20 %, the loss within 50 %"
        yield row(law, count, (0.2, 0.5))


def control_rows() -> Iterator[Row]:
    """Controls of the same law, whether speed has to do with time or not; then faster trials."""
    moments = np.unique(np.round(np.geomspace(1, 2000, 60)))  # the same for both, as probes have it

    def row(law: str, sizes: tuple[int, int], coupling: float, lead: float = 0.0) -> Row:
        def one(rng: np.random.Generator, *, control: bool) -> Course:
            time_ = math.ceil(200 * rng.lognormal(0, 0.4))
            speed = math.exp(coupling * math.log(200 / time_) + rng.normal(0, 0.2))
            end = 400 if control else time_  # nothing is found there, so controls go on
            steps = moments[moments <= end]
            measure = speed * (1 if control else 1 + lead) * steps
            return Course(steps, measure, np.ones_like(steps), float(end), solved=not control)

        def ask(rng: np.random.Generator, seed: int) -> Asked:
            trials, controls = (
                [one(rng, control=control) for _ in range(size)]
                for size, control in zip(sizes, (False, True), strict=True)
            )
            # The control's p-values are exact: the other test's resamples are for nothing here.
            result = foretells(trials, controls, level=LEVEL, resamples=19, seed=seed).control
            assert result is not None
            return min(result.p), result.answer

        return Row(law, f"{sizes[0]} trials, {sizes[1]} controls", "none", lead == 0, ask)

    for sizes in ((30, 10), (40, 40), (150, 30)):
        yield row("one law for both, speed independent of the time", sizes, 0.0)
    for sizes in ((30, 10), (40, 40), (150, 30)):
        yield row("one law for both, speed inverse to the time", sizes, 1.0)
    for sizes in ((30, 10), (40, 40)):
        yield row("trials are faster by a quarter", sizes, 0.0, 0.25)


TESTS = (
    ("Is the time to success memoryless?", "memoryless law", memoryless_rows),
    ("Does the exponent rise with n?", "one power law", exponent_rows),
    ("Does the initialisation decide the time to success?", "no influence", initialisation_rows),
    ("Does hidden progress foretell the time to success?", "nothing foretold", foretelling_rows),
    (
        "Does hidden progress foretell the time to success better than the loss does?",
        "the loss knows as much; a yes is a rejection",
        lead_rows,
    ),
    (
        "Does the measure grow differently where there is something to learn?",
        "it grows alike",
        control_rows,
    ),
)


def line(row: Row, samples: int) -> str:
    """The table's row, measured."""
    asked = [row.ask(np.random.default_rng([samples, i]), i) for i in range(samples)]
    decided = [p for p, _ in asked if not math.isnan(p)]
    rejected = wilson(sum(p <= LEVEL for p in decided), len(decided))
    answers = Counter(answer for _, answer in asked)
    share = f"{100 * rejected.estimate:.1f} ({100 * rejected.low:.1f} to {100 * rejected.high:.1f})"
    counts = " / ".join(f"{100 * answers[key] / samples:.0f}" for key in ("yes", "no", "undecided"))
    alarm, found = (share, "") if row.holds else ("", share)
    cells = (row.law, row.size, row.censored, alarm, found, counts)
    return f"| {' | '.join(cells)} |"


def table(question: str, null: str, rows: Sequence[Row], samples: int) -> list[str]:
    """A section of the page, printed as it grows."""
    lines = [f"## {question}", "", f"Null hypothesis: {null}.", ""]
    lines += ["| law | size | censored | false alarms | power | yes / no / undecided |"]
    lines += ["|---|---|---|---|---|---|"]
    print("\n".join(lines), flush=True)
    began = time.perf_counter()
    for row in rows:
        lines.append(line(row, samples))
        print(lines[-1], flush=True)
    print(f"{time.perf_counter() - began:.0f} s", flush=True)
    return lines


def written() -> dict[str, list[str]]:
    """The sections of the page as it stands, by their question."""
    sections: dict[str, list[str]] = {}
    for section in DOCUMENT.read_text(encoding="utf-8").split("\n## ")[1:]:
        lines = section.strip().splitlines()
        sections[lines[0]] = [f"## {lines[0]}", *lines[1:]]
    return sections


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=200, help="samples per row")
    parser.add_argument("--only", default="", help="words of the questions to be measured")
    parser.add_argument("--write", action="store_true", help="write the page of the docs")
    options = parser.parse_args(arguments)
    sections = written() if options.only else {}
    for question, null, rows in TESTS:
        if options.only in question:
            sections[question] = table(question, null, list(rows()), options.samples)
    if options.write:
        page = [
            f"False alarms and power of the [tests of mechanism](../mechanism.md): "
            f"{options.samples} simulated samples per row, level {LEVEL:g}, {RESAMPLES} resamples "
            "(`python benchmarks/false_alarms.py --write`). Shares in per cent, with 95 % "
            "intervals. A false alarm is a p-value of at most the level where the null hypothesis "
            "holds.",
        ]
        for question, _, _ in TESTS:
            page += ["", *sections.get(question, [])]
        DOCUMENT.write_text("\n".join(page) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
