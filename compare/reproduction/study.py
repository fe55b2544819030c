"""What a study is: one figure or finding of the paper, its experiments, and rules to judge it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar, get_args

from parity_compare.experiment import Experiment
from parity_compare.problems.errors import InvalidInput
from parity_compare.reproduction.claims import Examination
from parity_compare.results import Results

Scale = Literal["smoke", "laptop", "full"]
SCALES: tuple[Scale, ...] = get_args(Scale)
T = TypeVar("T")


@dataclass(frozen=True)
class Terms:
    """On what terms the paper is reproduced.

    Attributes:
        scale: ``smoke`` shows that everything runs, ``laptop`` takes an hour or two, ``full`` is
            the paper's grid.
        seed: the root of all seeds.
        device: where networks are trained: ``cpu`` or ``cuda``.

    Raises:
        InvalidInput: there is no such scale.
    """

    scale: Scale = "smoke"
    seed: int = 0
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise InvalidInput(f"scale must be one of {', '.join(SCALES)}, got {self.scale!r}")

    def pick(self, smoke: T, laptop: T, full: T) -> T:
        """The value for the scale."""
        return {"smoke": smoke, "laptop": laptop, "full": full}[self.scale]

    def grid(
        self,
        learners: str | Sequence[str],
        *,
        n: int | Sequence[int],
        k: int | Sequence[int],
        trials: int,
        steps: int | None,
        noise: Sequence[float] = (0.0,),
        samples: Sequence[int | None] = (None,),
        variant: Sequence[str] = ("plain",),
        probes: str = "none",
        moments: str = "log",
        replays: int = 1,
    ) -> Experiment:
        """An experiment without limits of time, so that it is the same on every machine.

        Networks are trained in batches: the studies look at steps, not at seconds.
        """
        return Experiment(
            learners=(learners,) if isinstance(learners, str) else tuple(learners),
            n=(n,) if isinstance(n, int) else tuple(n),
            k=(k,) if isinstance(k, int) else tuple(k),
            noise=tuple(noise),
            samples=tuple(samples),
            trials=trials,
            seed=self.seed,
            devices=(self.device,),
            max_steps=steps,
            batch=True,
            variant=tuple(variant),
            probes=probes,
            moments=moments,
            replays=replays,
        )


class Study(ABC):
    """One figure or finding of the paper.

    Class attributes:
        name: what the command line calls it.
        title: what it is about, in a line.
        about: what the paper shows, in our own words, in a few sentences.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]

    @abstractmethod
    def experiments(self, terms: Terms) -> Mapping[str, Experiment]:
        """What is run, by name, in this order; may be empty where theory alone decides."""

    @abstractmethod
    def examine(self, trials: Mapping[str, Results], terms: Terms) -> Examination:
        """Judge the claims.

        Args:
            trials: the finished trials of every experiment, by name.
            terms: as :meth:`experiments` had them.
        """
