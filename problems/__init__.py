"""The hidden parity, its samples, and the oracles that learners are handed."""

from typing import TYPE_CHECKING

from parity_compare.problems.lazy import exporter

if TYPE_CHECKING:
    from parity_compare.problems.errors import InvalidInput
    from parity_compare.problems.files import read_samples, read_table
    from parity_compare.problems.fourier import (
        convolve,
        fourier_coefficients,
        fourier_gap,
        from_coefficients,
        index_of,
        influences,
        noise_stability,
        total_influence,
        walsh_hadamard,
    )
    from parity_compare.problems.oracles import (
        Access,
        ExampleOracle,
        Oracle,
        OutOfSamples,
        QueryOracle,
    )
    from parity_compare.problems.parity import SparseParity, chi
    from parity_compare.problems.redundant_columns import Redundancy, redundancy
    from parity_compare.problems.samples import Samples
    from parity_compare.problems.tables import Groups, Table
    from parity_compare.problems.thresholds import (
        krawtchouk,
        majority_coefficient,
        majority_gap,
        threshold_coefficient,
    )

__all__ = [
    "Access",
    "ExampleOracle",
    "Groups",
    "InvalidInput",
    "Oracle",
    "OutOfSamples",
    "QueryOracle",
    "Redundancy",
    "Samples",
    "SparseParity",
    "Table",
    "chi",
    "convolve",
    "fourier_coefficients",
    "fourier_gap",
    "from_coefficients",
    "index_of",
    "influences",
    "krawtchouk",
    "majority_coefficient",
    "majority_gap",
    "noise_stability",
    "read_samples",
    "read_table",
    "redundancy",
    "threshold_coefficient",
    "total_influence",
    "walsh_hadamard",
]

__getattr__ = exporter(
    __name__,
    {
        "errors": ("InvalidInput",),
        "files": ("read_samples", "read_table"),
        "fourier": (
            "convolve",
            "fourier_coefficients",
            "fourier_gap",
            "from_coefficients",
            "index_of",
            "influences",
            "noise_stability",
            "total_influence",
            "walsh_hadamard",
        ),
        "oracles": ("Access", "ExampleOracle", "Oracle", "OutOfSamples", "QueryOracle"),
        "parity": ("SparseParity", "chi"),
        "redundant_columns": ("Redundancy", "redundancy"),
        "samples": ("Samples",),
        "tables": ("Groups", "Table"),
        "thresholds": (
            "krawtchouk",
            "majority_coefficient",
            "majority_gap",
            "threshold_coefficient",
        ),
    },
)
