"""Section 4.2: the disjoint PolyNet's flow, its plateau (Theorem 6), and SGD (Theorem 7)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

from parity_compare.experiment import Experiment
from parity_compare.reproduction.claims import Examination
from parity_compare.reproduction.measures import by_temperature
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.reproduction.studies.polynet_heat import (
    claim_freeing,
    claim_gentle,
    claim_released,
    heat_table,
    plot_heat,
)
from parity_compare.reproduction.studies.polynet_plateau import (
    IN_TIME,
    Cell,
    cell_of,
    claim_half,
    claim_integrator,
    claim_law,
    claim_rising,
    claim_share,
    claim_theorem7,
    claim_time,
    flow_errors,
    plateau_table,
    plot_courses,
    remainder_exponents,
)
from parity_compare.reproduction.study import Study, Terms
from parity_compare.results import Results

RATE = {3: 0.01, 4: 0.005}
"""Learning rate by k: about a hundred steps to the blow-up at 1 / (k - 2)."""
ONE_BY_ONE = 0.001
"""Learning rate of single examples."""


class PolyNetStudy(Study):
    """The flow, SGD beside it, and heat."""

    name: ClassVar[str] = "polynet"
    title: ClassVar[str] = "A disjoint PolyNet: a plateau even without noise"
    about: ClassVar[str] = (
        "The gradient flow of a product of k forms on disjoint blocks moves k weights alone, which "
        "go to infinity together after a finite time. On nearly all of the way the error stays "
        "near 1/2: the plateau is there without any noise, so nothing is searched at random "
        "(Theorem 6). Half of the sign starts go the wrong way, and SGD with any batch follows "
        "from the other half (Theorem 7)."
    )

    def experiments(self, terms: Terms) -> Mapping[str, Experiment]:
        """Large batches beside the flow; single examples; heat, for longer."""
        blocks: dict[int, tuple[int, ...]] = {
            3: terms.pick((5, 11, 21), (5, 11, 21, 41), (5, 11, 21, 41, 81, 161)),
            4: terms.pick((5,), (5, 11, 21), (5, 11, 21, 41)),
        }
        chosen = {
            f"flow, k = {k}": terms.grid(
                _sgd(RATE[k], _batch(terms, k)),
                n=[k * size for size in sizes],
                k=k,
                trials=terms.pick(16, 40, 200),
                steps=math.ceil(IN_TIME / (k - 2) / RATE[k]),
                variant=("blocks",),
                probes="standard",
                moments="every",
            )
            for k, sizes in blocks.items()
        }
        chosen["single examples"] = terms.grid(
            _sgd(ONE_BY_ONE, 1, check_every=20),
            n=15,
            k=3,
            trials=terms.pick(32, 100, 400),
            steps=terms.pick(4000, 20_000, 100_000),
            variant=("blocks",),
        )
        heats: tuple[float, ...] = terms.pick(
            (0.0, 1e-2, 0.3, 3.0),
            (0.0, 1e-3, 1e-2, 0.1, 0.3, 1.0, 3.0),
            (0.0, 1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.2, 0.3, 0.6, 1.0, 3.0, 10.0),
        )
        chosen["heat"] = terms.grid(
            [_sgd(RATE[3], 512, name="langevin", temperature=T, check_every=2) for T in heats],
            n=33,
            k=3,
            trials=terms.pick(20, 60, 200),
            steps=terms.pick(1000, 3000, 10_000),
            variant=("blocks",),
        )
        return chosen

    def examine(self, trials: Mapping[str, Results], terms: Terms) -> Examination:
        """Judge the theory by itself, then SGD beside it, then heat."""
        cells: list[Cell] = [
            cell_of(records, RATE[records[0].spec.k or 0])
            for name, results in trials.items()
            if name.startswith("flow")
            for records in results.cells()
        ]
        heated = by_temperature(trials["heat"].records)
        claims = [
            claim_integrator(flow_errors()),
            claim_law(remainder_exponents()),
            *(claim_time(k, [c for c in cells if c.k == k]) for k in (3, 4)),
            *(claim_share(k, [c for c in cells if c.k == k]) for k in (3, 4)),
            claim_rising([c for c in cells if c.k == 3]),
            claim_half(cells),
            claim_theorem7(trials["single examples"].records),
            claim_released(heated.get(0.0, []), RATE[3]),
            claim_gentle(heated, RATE[3]),
            claim_freeing(heated, RATE[3]),
        ]
        plots = [plot_courses(cells), _plot_share(cells), plot_heat(heated, RATE[3])]
        return Examination(
            claims=claims,
            plots=[plot for plot in plots if plot.points],
            tables=[plateau_table(cells), heat_table(heated, RATE[3])],
            notes=[
                "All weights start at +1 or -1 with equal chances, the loss is -y f, and the "
                f"parity has one coordinate in each block; {_batch(terms, 3)} examples per step "
                f"for k = 3 and {_batch(terms, 4)} for k = 4. Whether the paper trained such "
                "networks is not known to us: what it says of them is proved.",
                "A trial goes the right way if the product of its relevant weights starts "
                "positive. Trials do not tell us; those count as right that succeed by "
                f"{IN_TIME:g} times the flow's blow-up.",
                "That heat frees wrong starts was noticed in a first run of the smallest scale, "
                "and its rule written after it; all other rules are older than their trials. After "
                "a review, without a look at the laptop's trials, medians got the sign test's "
                "intervals, and none below six trials.",
                "Theorem 7 takes learning rates that adapt; here the rate is constant. Its bound "
                "on the steps is so large that it cannot fail in practice: what is tested is its "
                "probability, far below the bound.",
            ],
        )


def _sgd(
    rate: float,
    batch: int,
    *,
    name: str = "sgd",
    temperature: float | None = None,
    check_every: int = 1,
) -> str:
    heat = "" if temperature is None else f",temperature={temperature!r}"
    return (
        f"{name}[network=disjoint-polynet,loss=correlation,init=bernoulli,init_scale=1.0,"
        f"lr={rate!r},batch={batch},check_every={check_every}{heat}]"
    )


def _batch(terms: Terms, k: int) -> int:
    """Large enough that noise moves a weight by about a tenth on the way: eta n'^(k-1) / B."""
    return {3: terms.pick(1024, 2048, 16_384), 4: terms.pick(1024, 4096, 32_768)}[k]


def _plot_share(cells: list[Cell]) -> Plot:
    """T(0.4) / T(0), measured and by theory."""
    from parity_compare.theory import plateau_share

    points = [
        Point(f"SGD, k = {cell.k}", cell.block_size, *cell.share) for cell in cells if cell.shares
    ]
    sizes = sorted({cell.block_size for cell in cells})
    grid = list(range(sizes[0], sizes[-1] + 1, 2)) if sizes else []
    ks = sorted({cell.k for cell in cells})
    theory = [Point(f"flow, k = {k}", b, plateau_share(k, b, Cell.ERROR)) for k in ks for b in grid]
    return Plot(
        "plateau-share",
        f"Share of the way to success on which the error stays above {Cell.ERROR:g}",
        Axis("coordinates per block n'", log=True),
        Axis(f"T({Cell.ERROR:g}) / T(0)"),
        points + theory,
        reference=tuple(f"flow, k = {k}" for k in ks),
    )
