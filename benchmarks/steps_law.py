"""The scaling law of a network's steps, fitted to the medians of docs/benchmarks/figure1.md.

ln steps = a + b k + c ln C(n, k), by least squares, one law per network. The numbers stand in
algorithms/training/foresight.py.

    python benchmarks/steps_law.py
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks" / "figure1.md"


def main() -> None:
    """Print a, b and c for each panel of the figure, and how far the fit is off."""
    for panel in PAGE.read_text().split("\n## ")[1:]:
        name = panel.partition("\n")[0]
        # Columns k, n, the figure's steps, and ours; ours may be inf, which has no logarithm.
        rows = re.findall(r"^\| (\d+) \| (\d+) \| \d+ \| (\d+) \|", panel, flags=re.MULTILINE)
        k, n, steps = np.array(rows, dtype=float).T
        ln_subsets = [math.log(math.comb(int(a), int(b))) for a, b in zip(n, k, strict=True)]
        columns = np.stack([np.ones_like(k), k, ln_subsets], axis=1)
        law, *_ = np.linalg.lstsq(columns, np.log(steps), rcond=None)
        errors = np.log(steps) - columns @ law
        typical, worst = np.exp(np.sqrt(np.mean(errors**2))), np.exp(np.abs(errors).max())
        print(
            f"{name}: a, b, c = {', '.join(f'{x:.3f}' for x in law)}; {len(k)} medians met within "
            f"a factor of {typical:.2f} typically, {worst:.2f} at worst"
        )


if __name__ == "__main__":
    main()
