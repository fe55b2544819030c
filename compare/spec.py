"""What is run: the specification of one trial, its hash, and the seeds that follow from it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from parity_compare.algorithms import registry
from parity_compare.algorithms.budget import Budget
from parity_compare.algorithms.learner import Learner
from parity_compare.problems.parity import SparseParity
from parity_compare.problems.seeding import derive_seed

SIDE_INFORMATION = ("k", "noise")
VARIANTS = ("plain", "blocks", "random-labels")
"""Kinds of instances: any support; one coordinate in each of k blocks; labels that are coin tosses,
the control in which there is nothing to learn."""
PROBES = ("standard", "full", "none")
MOMENTS = ("log", "every")
_LATER = {"variant": "plain", "probes": "standard", "moments": "log", "replays": 1}
# Fields that came after the first stores, with the values that those trials had: left out of the
# hash where they have them, so that the old keys stay true.


@dataclass(frozen=True)
class TrialSpec:
    """Everything that determines one trial; equal specs have equal keys.

    Attributes:
        learner: text from which the registry makes the learner, device left out.
        device: where the learner computes, ``cpu`` or ``cuda``.
        n, k, noise: the instance; ``k`` None is a dense parity.
        samples: size of the fixed list of examples, None for fresh examples without end.
        trial: number of the trial in its cell.
        seed: the experiment's seed.
        told: side information offered to the learner, out of ``k`` and ``noise``.
        seconds, max_samples, max_steps: limits, None for none.
        threads: CPU threads that the learner may use.
        batched: whether the cell's trials are trained together.
        parameters: the learner's hyper-parameters, those at their defaults included.
        variant: kind of instance, out of :data:`VARIANTS`.
        probes: what the judge records along the trial, out of :data:`PROBES`.
        moments: when, out of :data:`MOMENTS`: ever rarer, or at every step.
        replays: how many trials in a row share secret and start; with 1, every trial has its own.
    """

    learner: str
    device: str
    n: int
    k: int | None
    noise: float
    samples: int | None
    trial: int
    seed: int
    told: tuple[str, ...]
    seconds: float | None
    max_samples: int | None
    max_steps: int | None
    threads: int = 1
    batched: bool = False
    parameters: Mapping[str, registry.Parameter] = field(default_factory=dict, hash=False)
    variant: str = "plain"
    probes: str = "standard"
    moments: str = "log"
    replays: int = 1

    @property
    def key(self) -> str:
        """SHA-256 of the spec's canonical JSON, in hexadecimal."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def canonical(self) -> str:
        """What the key is the hash of."""
        facts = {k: v for k, v in vars(self).items() if k not in _LATER or v != _LATER[k]}
        return json.dumps(facts, sort_keys=True, separators=(",", ":"), allow_nan=False)

    @property
    def instance_seed(self) -> int:
        """Names the secret and the example stream: the same for every learner, device and limit.

        Replays share it; they differ in :attr:`example_seed`.
        """
        return derive_seed("instance", self.seed, self.n, self.k, self.group)

    @property
    def group(self) -> int:
        """Number of the secret and start that the trial shares with its replays."""
        return self.trial // self.replays

    @property
    def example_seed(self) -> int:
        """Names the example stream among those of one secret."""
        return self.trial % self.replays

    @property
    def start_seed(self) -> int | None:
        """Names the start, the initial weights, where replays share one; None if they do not.

        It is drawn apart from the learner's other randomness, which is each replay's own. Learners
        without a start have nothing in common but the secret then.
        """
        if self.replays == 1:
            return None
        return derive_seed("start", self.seed, self.n, self.k, self.group)

    @property
    def learner_seed(self) -> int:
        """Names the learner's own randomness: the same for every learner, device and limit.

        Learners that share a beginning, such as SGD at every temperature, then begin alike, and
        their difference is no matter of luck.
        """
        return derive_seed(
            "learner", self.seed, self.n, self.k, self.noise, self.samples, self.trial
        )

    def problem(self) -> SparseParity:
        """The instance."""
        blocks = self.variant == "blocks"
        return SparseParity(self.n, self.k, self.noise, self.instance_seed, blocks)

    @property
    def random_labels(self) -> bool:
        """Whether it is the control, in which there is nothing to learn."""
        return self.variant == "random-labels"

    def budget(self) -> Budget:
        """The limits."""
        limits = (self.seconds, self.max_samples, self.max_steps)
        seconds, samples, steps = (math.inf if limit is None else limit for limit in limits)
        return Budget(seconds, samples, steps, self.threads)

    def make_learner(self) -> Learner:
        """The learner, on its device."""
        cls = registry.learner_class(self.learner.partition("[")[0])
        return on_device(cls(**self.parameters), self.device)

    def to_json(self) -> str:
        """The spec as canonical JSON, from which :meth:`from_json` makes an equal one."""
        return json.dumps(vars(self), sort_keys=True, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> TrialSpec:
        """Inverse of :meth:`to_json`."""
        values = json.loads(text)
        return cls(**{**values, "told": tuple(values["told"])})


def on_device(learner: Learner, device: str) -> Learner:
    """The same learner on ``device``, where it has a choice; otherwise itself."""
    if not learner.has_device or learner.parameters()["device"] == device:
        return learner
    changes: dict[str, Any] = {"device": device}
    return replace(learner, **changes)
