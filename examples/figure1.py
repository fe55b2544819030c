"""Figure 1 of Barak et al. (2022) in ten lines: steps of SGD to a parity, over n and k.

Networks of 100 ReLU neurons are trained on fresh examples, 128 a step, until they predict 100 % of
8192 fresh ones. The median number of steps grows as a power of n whose exponent rises with k. The
paper's own sizes, its other three panels and its verdicts come from ``parity-compare reproduce
figure1``.

    python examples/figure1.py
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import parity_compare as pc

if TYPE_CHECKING:
    import pandas as pd


def main(
    path: Path = Path("figure1.svg"),
    n: Sequence[int] = (10, 20, 30, 40),
    k: Sequence[int] = (2, 3, 4),
    trials: int = 15,
) -> pd.DataFrame:
    """Train, draw, and return the median steps: a row for every n, a column for every k."""
    import altair as alt

    results = pc.run("sgd[width=100,lr=1,batch=128]", n=n, k=k, trials=trials, batch=True)
    medians = results.summary()[["n", "k", "steps"]]
    chart = alt.Chart(medians).mark_line(point=True)
    axis_n = alt.X("n", scale=alt.Scale(type="log", nice=False))
    axis_t = alt.Y("steps", scale=alt.Scale(type="log"), title="median steps")
    chart.encode(axis_n, axis_t, alt.Color("k:O")).save(path)
    table = medians.pivot_table(index="n", columns="k", values="steps")
    print(table.to_string())
    return table


if __name__ == "__main__":
    main()
