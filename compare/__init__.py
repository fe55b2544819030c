"""parity-compare: who learns a hidden sparse parity, at what cost, and by what mechanism.

The public surface stands here and is loaded on first use, so that importing the package, and asking
the command line for help, costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity_compare.problems.lazy import exporter

if TYPE_CHECKING:
    from parity_compare import theory
    from parity_compare.algorithms.budget import Budget
    from parity_compare.algorithms.correlation_queries import CorrelationQueries
    from parity_compare.algorithms.exhaustive import ExhaustiveSearch
    from parity_compare.algorithms.gaussian_elimination import GaussianElimination
    from parity_compare.algorithms.langevin import Langevin
    from parity_compare.algorithms.learner import Learner
    from parity_compare.algorithms.outcome import Cost, Finding, Outcome, Status, Trace
    from parity_compare.algorithms.registry import register
    from parity_compare.algorithms.sgd import SGD
    from parity_compare.api import learn, run
    from parity_compare.dual.relation import Relation, Relations
    from parity_compare.dual.relations import relations
    from parity_compare.estimator import NoParityFound, ParityClassifier, UnsureParity
    from parity_compare.problems.errors import InvalidInput
    from parity_compare.problems.files import read_samples, read_table
    from parity_compare.problems.parity import SparseParity
    from parity_compare.problems.samples import Samples
    from parity_compare.problems.tables import Table
    from parity_compare.results import Results
    from parity_compare.solving.solution import Solution
    from parity_compare.solving.solve import solve
    from parity_compare.storage.store import load

__all__ = [
    "SGD",
    "Budget",
    "CorrelationQueries",
    "Cost",
    "ExhaustiveSearch",
    "Finding",
    "GaussianElimination",
    "InvalidInput",
    "Langevin",
    "Learner",
    "NoParityFound",
    "Outcome",
    "ParityClassifier",
    "Relation",
    "Relations",
    "Results",
    "Samples",
    "Solution",
    "SparseParity",
    "Status",
    "Table",
    "Trace",
    "UnsureParity",
    "learn",
    "load",
    "read_samples",
    "read_table",
    "register",
    "relations",
    "run",
    "solve",
    "theory",
]

__getattr__ = exporter(
    __name__,
    {
        "algorithms.budget": ("Budget",),
        "algorithms.correlation_queries": ("CorrelationQueries",),
        "algorithms.exhaustive": ("ExhaustiveSearch",),
        "algorithms.gaussian_elimination": ("GaussianElimination",),
        "algorithms.langevin": ("Langevin",),
        "algorithms.learner": ("Learner",),
        "algorithms.outcome": ("Cost", "Finding", "Outcome", "Status", "Trace"),
        "algorithms.registry": ("register",),
        "algorithms.sgd": ("SGD",),
        "api": ("learn", "run"),
        "dual.relation": ("Relation", "Relations"),
        "dual.relations": ("relations",),
        "estimator": ("NoParityFound", "ParityClassifier", "UnsureParity"),
        "problems.errors": ("InvalidInput",),
        "problems.files": ("read_samples", "read_table"),
        "problems.parity": ("SparseParity",),
        "problems.samples": ("Samples",),
        "problems.tables": ("Table",),
        "results": ("Results",),
        "solving.solution": ("Solution",),
        "solving.solve": ("solve",),
        "storage.store": ("load",),
    },
    packages=("theory",),
)


def __dir__() -> list[str]:
    return sorted(__all__)
