"""The Learner interface and the learners, one per file.

Learners are imported by name through the registry, so that importing this package stays cheap.
"""

from parity_compare.algorithms.budget import Budget, OutOfTime
from parity_compare.algorithms.learner import Learner, QueryDemand
from parity_compare.algorithms.outcome import Cost, Finding, Outcome, Status, Trace
from parity_compare.algorithms.registry import learner_class, names, parse, register
from parity_compare.algorithms.task import Probe, State, Task

__all__ = [
    "Budget",
    "Cost",
    "Finding",
    "Learner",
    "Outcome",
    "OutOfTime",
    "Probe",
    "QueryDemand",
    "State",
    "Status",
    "Task",
    "Trace",
    "learner_class",
    "names",
    "parse",
    "register",
]
