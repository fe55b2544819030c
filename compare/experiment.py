"""A grid of trials: which learners meet which instances, how often, within which limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import product
from operator import index
from typing import Any

from parity_compare.algorithms import registry
from parity_compare.algorithms.learner import Learner
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.parity import SparseParity
from parity_compare.spec import (
    MOMENTS,
    PROBES,
    SIDE_INFORMATION,
    VARIANTS,
    TrialSpec,
    on_device,
)


@dataclass(frozen=True)
class Experiment:
    """A grid: every learner on every device meets every (n, k, noise, samples), ``trials`` times.

    With ``trial``, it is that one of them alone: with the key, the secret and the examples that it
    has among all.

    Attributes:
        learners: texts such as ``gf2`` or ``sgd[width=1000]``.
        devices: devices for the learners that can use a GPU; the others run on ``cpu`` once.
        n, k, noise, samples: the grid's axes.
        trials: trials per cell.
        seed: the root of all seeds.
        told: side information offered, out of ``k`` and ``noise``.
        seconds, max_samples, max_steps: limits per trial, None for none.
        threads: CPU threads per trial.
        batch: train the trials of a cell together where the learner can; their times are marked.
        variant: kinds of instances, another axis of the grid.
        probes, moments: what is recorded along a trial, and when.
        replays: how many trials in a row share secret and start, on examples of their own.
        trial: number of the only trial of every cell that is run, whatever ``trials`` is; None
            for all from 0 to ``trials`` - 1.

    Raises:
        InvalidInput: an axis is empty or holds a value out of range, or a learner is unknown.
    """

    learners: tuple[str, ...]
    n: tuple[int, ...]
    k: tuple[int | None, ...]
    noise: tuple[float, ...] = (0.0,)
    samples: tuple[int | None, ...] = (None,)
    trials: int = 10
    seed: int = 0
    devices: tuple[str, ...] = ("cpu",)
    told: tuple[str, ...] = SIDE_INFORMATION
    seconds: float | None = None
    max_samples: int | None = None
    max_steps: int | None = None
    threads: int = 1
    batch: bool = False
    variant: tuple[str, ...] = ("plain",)
    probes: str = "standard"
    moments: str = "log"
    replays: int = 1
    trial: int | None = None

    def __post_init__(self) -> None:
        for axis in fields(self):
            value = getattr(self, axis.name)
            if value == () and axis.name != "told":
                raise InvalidInput(f"{axis.name} must not be empty")
        plain: dict[str, Callable[[Any], Any]] = {
            "n": index,
            "k": _index_or_none,
            "noise": float,
            "samples": _index_or_none,
        }
        for name, convert in plain.items():
            # NumPy's numbers become Python's, and a value that is named twice is still one cell.
            values = dict.fromkeys(convert(value) for value in getattr(self, name))
            object.__setattr__(self, name, tuple(values))
        for name in ("devices", "variant"):
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))
        choices = {"variant": VARIANTS, "probes": PROBES, "moments": MOMENTS}
        for name, known in choices.items():
            chosen = getattr(self, name)
            for value in chosen if name == "variant" else (chosen,):
                if value not in known:
                    raise InvalidInput(f"{name} must be among {', '.join(known)}, got {value!r}")
        object.__setattr__(self, "told", tuple(sorted(set(self.told))))
        if self.trials < 1:
            raise InvalidInput(f"trials must be at least 1, got {self.trials}")
        if self.trial is not None and not 0 <= self.trial < 2**63:
            raise InvalidInput(f"trial must lie in [0, 2^63), got {self.trial}")
        if self.replays < 1:
            raise InvalidInput(f"replays must be at least 1, got {self.replays}")
        if not -(2**63) <= self.seed < 2**63:
            raise InvalidInput(f"seed must be a 64-bit integer, got {self.seed}")
        if self.threads < 1:
            raise InvalidInput(f"threads must be at least 1, got {self.threads}")
        for samples in self.samples:
            if samples is not None and samples < 1:
                raise InvalidInput(f"samples must be at least 1, got {samples}")
        for name in self.told:
            if name not in SIDE_INFORMATION:
                raise InvalidInput(f"told must be among k and noise, got {name!r}")
        for n, k, noise, variant in product(self.n, self.k, self.noise, self.variant):
            SparseParity(n, k, noise, blocks=variant == "blocks")
        # Made once here so that a bad name, parameter or limit fails before anything runs.
        learners = [registry.parse(text) for text in self.learners]
        for learner in learners:
            if on_device(learner, "cpu") != learner:
                raise InvalidInput(
                    f"the device of {learner.name} is set for the whole run, not in its brackets"
                )
        labels = tuple(dict.fromkeys(registry.label(learner) for learner in learners))
        object.__setattr__(self, "learners", labels)
        next(iter(self.specs())).budget()

    def specs(self) -> Iterator[TrialSpec]:
        """All trials: cell by cell, trial by trial, learner by learner.

        Learners take turns, so that a machine that slows down slows all of them.
        """
        axes = (self.n, self.k, self.noise, self.samples, self.variant)
        numbers = range(self.trials) if self.trial is None else (self.trial,)
        contestants = self._contestants()
        for n, k, noise, samples, variant, trial in product(*axes, numbers):
            for text, device, learner in contestants:
                yield TrialSpec(
                    learner=text,
                    device=device,
                    n=n,
                    k=k,
                    noise=noise,
                    samples=samples,
                    trial=trial,
                    seed=self.seed,
                    told=self.told,
                    seconds=self.seconds,
                    max_samples=self.max_samples,
                    max_steps=self.max_steps,
                    threads=self.threads,
                    batched=self.batch and type(learner).search_many is not Learner.search_many,
                    parameters=_own_parameters(learner),
                    variant=variant,
                    probes=self.probes,
                    moments=self.moments,
                    replays=self.replays,
                )

    def _contestants(self) -> list[tuple[str, str, Learner]]:
        learners = [(text, registry.parse(text)) for text in self.learners]
        return [
            (text, device, learner)
            for text, learner in learners
            for device in (self.devices if learner.has_device else ("cpu",))
        ]


@dataclass(frozen=True)
class Programme:
    """Several experiments that are run as one, so that no worker is idle while one of them ends.

    Attributes:
        experiments: of one seed and one number of threads.

    Raises:
        InvalidInput: there is none, or they differ in seed or threads.
    """

    experiments: tuple[Experiment, ...]

    def __post_init__(self) -> None:
        for name in ("seed", "threads"):
            values = {getattr(experiment, name) for experiment in self.experiments}
            if len(values) != 1:
                raise InvalidInput(f"{name} must be one for all experiments, got {sorted(values)}")

    @property
    def seed(self) -> int:
        """The root of all seeds."""
        return self.experiments[0].seed

    @property
    def threads(self) -> int:
        """CPU threads per trial."""
        return self.experiments[0].threads

    def specs(self) -> Iterator[TrialSpec]:
        """The trials of all experiments; one that several have is named once."""
        seen: set[str] = set()
        for experiment in self.experiments:
            for spec in experiment.specs():
                if spec.key not in seen:
                    seen.add(spec.key)
                    yield spec


def _index_or_none(value: int | None) -> int | None:
    return None if value is None else index(value)


def _own_parameters(learner: Learner) -> dict[str, registry.Parameter]:
    """The hyper-parameters as they take effect, but for the device, which a run decides."""
    return {name: value for name, value in learner.settings().items() if name != "device"}


def resolve_devices(devices: Sequence[str]) -> tuple[str, ...]:
    """Turn ``auto`` into what this machine has and check the rest.

    Raises:
        InvalidInput: an unknown device, or ``cuda`` where there is none.
    """
    known = ("auto", "cpu", "cuda")
    for device in devices:
        if device not in known:
            raise InvalidInput(f"device must be one of {', '.join(known)}, got {device!r}")
    if set(devices) <= {"cpu"}:
        return tuple(dict.fromkeys(devices))
    import torch

    available = torch.cuda.is_available()
    if "cuda" in devices and not available:
        raise InvalidInput(
            "device cuda was asked for, but this machine has no NVIDIA GPU that PyTorch can use"
        )
    best = "cuda" if available else "cpu"
    return tuple(dict.fromkeys(best if device == "auto" else device for device in devices))
