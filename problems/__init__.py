"""The hidden parity, its samples, and the oracles that learners are handed."""

from typing import TYPE_CHECKING

from parity_compare.problems.lazy import exporter

if TYPE_CHECKING:
    from parity_compare.problems.errors import InvalidInput
    from parity_compare.problems.files import read_samples
    from parity_compare.problems.oracles import (
        Access,
        ExampleOracle,
        Oracle,
        OutOfSamples,
        QueryOracle,
    )
    from parity_compare.problems.parity import SparseParity, chi
    from parity_compare.problems.samples import Samples

__all__ = [
    "Access",
    "ExampleOracle",
    "InvalidInput",
    "Oracle",
    "OutOfSamples",
    "QueryOracle",
    "Samples",
    "SparseParity",
    "chi",
    "read_samples",
]

__getattr__ = exporter(
    __name__,
    {
        "errors": ("InvalidInput",),
        "files": ("read_samples",),
        "oracles": ("Access", "ExampleOracle", "Oracle", "OutOfSamples", "QueryOracle"),
        "parity": ("SparseParity", "chi"),
        "samples": ("Samples",),
    },
)
