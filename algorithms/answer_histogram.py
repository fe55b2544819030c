"""How the answers of a search through correlations are spread, and where the bar stands."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_BINS = 81


class AnswerHistogram:
    """Counts of answers in 81 equal bins; what lies beyond them counts in the outermost.

    Args:
        half_width: the bins cover what is at most so far from 0.
    """

    def __init__(self, half_width: float) -> None:
        self._half_width = half_width
        self._counts = np.zeros(_BINS, dtype=np.int64)

    def add(self, answers: npt.NDArray[np.number[Any]], scale: float = 1.0) -> None:
        """Count answers, which are those of the array divided by ``scale``."""
        from parity_compare.algorithms.kernels.histogram import sort_in

        sort_in(answers, self._half_width * scale, self._counts)

    def columns(self, bar: float) -> dict[str, npt.NDArray[np.generic]]:
        """``answer``, the centre of each bin; ``answers``, how many are in it; ``bar``, what an
        answer has to exceed, the same in every row. Nothing if there was no answer."""
        if not self._counts.any():
            return {}
        centres = self._half_width * ((2 * np.arange(_BINS) + 1) / _BINS - 1)
        return {"answer": centres, "answers": self._counts, "bar": np.full(_BINS, bar)}
