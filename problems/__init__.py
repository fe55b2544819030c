"""The hidden parity, its samples, and the oracles that learners are handed."""

from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.files import read_samples
from parity_compare.problems.oracles import Access, ExampleOracle, Oracle, OutOfSamples, QueryOracle
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
