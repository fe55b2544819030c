"""Tests of mechanism: what the times and traces of trials say about how a learner finds S."""

from __future__ import annotations

from typing import TYPE_CHECKING

# A function that is called like its module has to be bound here: once the module is loaded, the
# package's attribute is the module, and no lazy export would be asked any more.
from parity_compare.mechanism.exponents import Exponents, exponents
from parity_compare.mechanism.initialisation import Initialisation, initialisation
from parity_compare.mechanism.memoryless import Memoryless, memoryless
from parity_compare.mechanism.verdict import Answer, Verdict
from parity_compare.problems.lazy import exporter

if TYPE_CHECKING:
    from parity_compare.mechanism.course import Course
    from parity_compare.mechanism.foretelling import Foretelling, foretells
    from parity_compare.mechanism.trials import courses, resolution, times

__all__ = [
    "Answer",
    "Course",
    "Exponents",
    "Foretelling",
    "Initialisation",
    "Memoryless",
    "Verdict",
    "courses",
    "exponents",
    "foretells",
    "initialisation",
    "memoryless",
    "resolution",
    "times",
]

__getattr__ = exporter(
    __name__,
    {
        "course": ("Course",),
        "foretelling": ("Foretelling", "foretells"),
        "trials": ("courses", "resolution", "times"),
    },
)


def __dir__() -> list[str]:
    return sorted(__all__)
