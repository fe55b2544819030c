"""The paper's published numbers that ours are set against."""

from __future__ import annotations

import csv
from importlib.resources import files

Cell = tuple[int, int]
"""(n, k)."""


def reference_medians() -> dict[str, dict[Cell, int]]:
    """Median steps to success in figure 1, right, of Barak et al. 2022 (arXiv 2207.08799).

    The paper prints no table of them: the 138 numbers of ``data/figure1_medians.csv`` were read
    off the curves of the vector figure, at an error of about 1 %. They stand at every fifth n at
    which a curve has a point, and at its last; curves end near 10 000 steps. How many trials a
    median is of, and its error bar, are not known.

    Returns:
        Steps by panel (``relu-100``, ``xk-100``, ``sine-neuron`` or ``polynet``) and (n, k).
    """
    table = files("parity_compare").joinpath("data", "figure1_medians.csv")
    medians: dict[str, dict[Cell, int]] = {}
    for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()):
        cell = (int(row["n"]), int(row["k"]))
        medians.setdefault(row["panel"], {})[cell] = int(row["median_steps"])
    return medians
