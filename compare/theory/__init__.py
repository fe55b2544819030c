"""What theory says: sample sizes, lower bounds, the flow of a PolyNet, and what learners need.

Every formula is computed, not simulated; docs/theory.md lists them with their sources. Names are
loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity_compare.problems.lazy import exporter

if TYPE_CHECKING:
    from parity_compare.theory.batches import (
        Theorem4,
        proposition9_samples,
        theorem4_batch,
        theorem5_complexity,
    )
    from parity_compare.theory.disjoint import (
        disjoint_error,
        plateau_remainder,
        plateau_share,
        plateau_time,
        theorem7_steps,
    )
    from parity_compare.theory.gradient_flow import (
        blow_up_time,
        conserved,
        flow,
        integrate_flow,
        time_of,
    )
    from parity_compare.theory.information import (
        InformationSamples,
        RandomTries,
        information_samples,
        label_capacity,
        necessary_samples,
        random_search_tries,
    )
    from parity_compare.theory.prediction import Bounds, Need, Needs, bounds, needs, predict
    from parity_compare.theory.queries import noisy_sgd_steps, sq_queries

__all__ = [
    "Bounds",
    "InformationSamples",
    "Need",
    "Needs",
    "RandomTries",
    "Theorem4",
    "blow_up_time",
    "bounds",
    "conserved",
    "disjoint_error",
    "flow",
    "information_samples",
    "integrate_flow",
    "label_capacity",
    "necessary_samples",
    "needs",
    "noisy_sgd_steps",
    "plateau_remainder",
    "plateau_share",
    "plateau_time",
    "predict",
    "proposition9_samples",
    "random_search_tries",
    "sq_queries",
    "theorem4_batch",
    "theorem5_complexity",
    "theorem7_steps",
    "time_of",
]

__getattr__ = exporter(
    __name__,
    {
        "batches": ("Theorem4", "proposition9_samples", "theorem4_batch", "theorem5_complexity"),
        "disjoint": (
            "disjoint_error",
            "plateau_remainder",
            "plateau_share",
            "plateau_time",
            "theorem7_steps",
        ),
        "gradient_flow": ("blow_up_time", "conserved", "flow", "integrate_flow", "time_of"),
        "information": (
            "InformationSamples",
            "RandomTries",
            "information_samples",
            "label_capacity",
            "necessary_samples",
            "random_search_tries",
        ),
        "prediction": ("Bounds", "Need", "Needs", "bounds", "needs", "predict"),
        "queries": ("noisy_sgd_steps", "sq_queries"),
    },
)


def __dir__() -> list[str]:
    return sorted(__all__)
