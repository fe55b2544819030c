"""The Learner interface and the learners, one per file."""

from typing import TYPE_CHECKING

from parity_compare.problems.lazy import exporter

if TYPE_CHECKING:
    from parity_compare.algorithms.budget import Budget, OutOfTime
    from parity_compare.algorithms.forecast import Forecast
    from parity_compare.algorithms.learner import Learner, QueryDemand
    from parity_compare.algorithms.outcome import Cost, Finding, Outcome, Status, Trace
    from parity_compare.algorithms.registry import register
    from parity_compare.algorithms.task import Probe, State, Task

__all__ = [
    "Budget",
    "Cost",
    "Finding",
    "Forecast",
    "Learner",
    "OutOfTime",
    "Outcome",
    "Probe",
    "QueryDemand",
    "State",
    "Status",
    "Task",
    "Trace",
    "register",
]

__getattr__ = exporter(
    __name__,
    {
        "budget": ("Budget", "OutOfTime"),
        "forecast": ("Forecast",),
        "learner": ("Learner", "QueryDemand"),
        "outcome": ("Cost", "Finding", "Outcome", "Status", "Trace"),
        "registry": ("register",),
        "task": ("Probe", "State", "Task"),
    },
)
