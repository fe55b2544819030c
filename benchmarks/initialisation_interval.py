"""How often the interval of the intraclass correlation covers the truth, on simulated times.

Run: python benchmarks/initialisation_interval.py. Prints, for made-up trials of known correlation,
the coverage at 95 % of the jackknife that :func:`parity_compare.mechanism.initialisation` takes
and of the interval from the law of F, without and with a tenth of the trials censored.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
from scipy import stats

from parity_compare.mechanism import initialisation

DATA_SETS = 500
STARTS, REPLAYS = 20, 10


def main() -> None:
    """Print the table."""
    print(f"{DATA_SETS} data sets of {STARTS} starts, {REPLAYS} replays each")
    print("times         censored  ICC   mean estimate  jackknife  law of F")
    rng = np.random.default_rng(0)
    freedom = STARTS - 1, STARTS * (REPLAYS - 1)
    quantiles = stats.f.ppf([0.975, 0.025], *freedom)
    for law, censored, icc in product(("log-normal", "exponential"), (0.0, 0.1), (0.0, 0.5, 0.8)):
        estimates, jackknife, by_f = [], 0, 0
        for _ in range(DATA_SETS):
            found = initialisation(*_trials(rng, law, censored, icc), resamples=19)
            low, high = (found.f / quantiles - 1) / (found.f / quantiles + REPLAYS - 1)
            estimates.append(found.icc.estimate)
            jackknife += found.icc.low <= icc <= found.icc.high
            by_f += low <= icc <= high
        print(
            f"{law:12}  {censored:8.0%}  {icc:.1f}   {np.mean(estimates):13.2f}  "
            f"{jackknife / DATA_SETS:9.2f}  {by_f / DATA_SETS:8.2f}"
        )


def _trials(
    rng: np.random.Generator, law: str, censored: float, icc: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, starts and successes; what start and examples cause follows the same law."""

    def draw(*shape: int) -> np.ndarray:
        if law == "exponential":
            return np.log(rng.exponential(size=shape)) / math.sqrt(math.pi**2 / 6)
        return rng.standard_normal(shape)

    spent = math.sqrt(icc) * draw(STARTS, 1) + math.sqrt(1 - icc) * draw(STARTS, REPLAYS)
    times = np.exp(spent).ravel()
    limit = np.quantile(times, 1 - censored)
    return np.minimum(times, limit), np.repeat(np.arange(STARTS), REPLAYS), times <= limit


if __name__ == "__main__":
    main()
