"""Stochastic gradient descent on a neural network."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from parity_compare.algorithms.forecast import Forecast
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.networks import catalogue
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.task import Task
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access

if TYPE_CHECKING:  # PyTorch is loaded when training begins, not when learners are listed
    from parity_compare.algorithms.training.recipe import Recipe

LossName = Literal["hinge", "square", "logistic", "correlation"]
OptimiserName = Literal["sgd", "sign", "momentum", "adam"]
StartName = Literal["default", "uniform", "gaussian", "bernoulli", "sparse"]
ScheduleName = Literal["constant", "linear", "cosine", "inverse", "warmup"]

_CHOICES = {
    "network": catalogue.NAMES,
    "loss": get_args(LossName),
    "optimiser": get_args(OptimiserName),
    "init": get_args(StartName),
    "schedule": get_args(ScheduleName),
}
_LEAST = {"width": 1, "degree": 1, "depth": 2, "batch": 1, "sparsity": 1, "horizon": 1,
          "check_every": 1}  # fmt: skip
_POSITIVE = ("lr", "init_scale")
_NOT_NEGATIVE = ("later_lr", "dead_zone", "weight_decay", "bias_scale", "later_scale")
_SHARES = ("decay", "momentum")
_HIGHEST_DEGREE = 12  # the interpolating polynomial's rounding errors reach 1e-3 there
_TWO_LAYERS = ("relu", "power", "k-zigzag", "polynomial", "zigzag", "sine")


@dataclass(frozen=True)
class SGD(Learner):
    r"""Train a neural network by stochastic gradient descent until it is a parity.

    Every step takes a batch $B$ of fresh examples, or the next batch of a fixed list in reshuffled
    epochs, and updates all layers by the gradient of the batch's mean loss:

    $$\theta \leftarrow (1 - \lambda)\, \theta
      - \eta\, \nabla_\theta \frac{1}{|B|} \sum\limits_{(x, y) \in B} \ell(y, f(x; \theta)).$$

    By default $f(x) = u \cdot \mathrm{relu}(W x + b) + c$ on the hinge loss
    $\ell(y, f) = \max(0, 1 - y f)$. The population gradient at a random start is larger on the
    coordinates of $S$ than elsewhere (a Fourier gap), so the first-layer weights of $S$ grow
    steadily long before the loss falls.

    The trial ends when the network equals a parity on 8192 fresh inputs, and that parity explains
    the labels (see :mod:`.training.stopping`). A network that ran out of time may still name a
    support by its weights (:mod:`.training.reading`). $k$ is used only by the networks whose shape
    depends on it, the noise rate never. Without a budget it may go on for ever.

    Complexity: for $k$ even, Barak et al. prove $n^{O(k)}$ examples and steps (their Theorem 4
    takes a batch of order $n^k$). Every statistical-query learner needs $\Omega(n^k)$ queries of
    constant tolerance. Steps measured at this fixed batch size grow more slowly, by $n^{1.1}$ for
    $k = 3$ and $n^{2.6}$ for $k = 4$ at $n \leq 40$ (their figure 1), with exponents that rise
    with $n$.
    Access: examples, fresh or fixed. Side information: $k$ for the networks of degree $k$.
    Source: Barak, Edelman, Goel, Kakade, Malach and Zhang 2022, arXiv 2207.08799, section 3. Batch
    size and initialisation of its figure 1 are not published; the defaults come nearest to it
    (docs/calibration.md).

    Attributes:
        network: ``relu`` or ``power`` ($z^k$), two layers; ``k-zigzag``, ``polynomial``,
            ``zigzag`` or ``sine``, one neuron; ``polynet``, a product of $k$ affine forms, or
            ``disjoint-polynet``, each form on a block of its own; ``deep``, hidden layers with
            $z^2$; ``transformer``.
        width: hidden units $r$ per layer (the transformer's embedding); None for the network's
            own: 100, or 1 for neurons.
        degree: $k$ of the networks that need it; None for what the learner is told.
        depth: layers of ``deep``, the output counted.
        second_layer: whether $u$ and $c$ of two-layer networks are trained; if not, $u$ is all
            ones.
        mean_field: whether two-layer networks average their hidden units instead of adding them up.
        loss: ``hinge``, ``square`` $(y - f)^2$, ``logistic`` or ``correlation`` $-y f$; None for
            ``square`` in polynets, ``hinge`` elsewhere.
        init: law of the initial weights, ``default`` being PyTorch's (see
            :mod:`.training.starts`).
        init_scale: its scale $c$; None for the law's own.
        sparsity: nonzero weights per unit of the law ``sparse``.
        bias_scale: factor of the first layer's initial biases; None for the network's own.
        later_scale: factor of all initial weights of later layers; None for the network's own.
        optimiser: ``sgd``, ``sign``, ``momentum`` or ``adam`` ($\beta$ 0.9 and 0.999); None for
            ``adam`` in the transformer, ``sgd`` elsewhere.
        momentum: $\mu$ of ``momentum``.
        dead_zone: $\rho$ of ``sign``, which leaves gradients below it alone.
        lr: learning rate $\eta$ of the first layer; None for the one calibrated for the network.
        later_lr: that of all other layers; None for the same, 0 holds them where they are.
        schedule: how the rates change (see :mod:`.training.schedules`).
        horizon: steps that the schedule refers to.
        batch: examples per step $|B|$.
        replacement: whether batches from a fixed list are drawn with replacement.
        decay: $\lambda$, the share of every parameter that is taken off at each step, in [0, 1).
        weight_decay: $\lambda'$, taken off at the learning rate:
            $\theta \leftarrow (1 - \eta \lambda')\, \theta$.
        check_every: steps between two tests of the stopping rule, which run off the clock.
        device: ``cpu``, ``cuda`` or ``cuda:<index>``.
    """

    name: ClassVar[str] = "sgd"
    access: ClassVar[Access] = Access.EXAMPLES
    complexity: ClassVar[str] = (
        "n^O(k) proved, Omega(n^k) queries for any SQ learner; "
        "measured steps grow as n^1.1 (k=3), n^2.6 (k=4) at n <= 40"
    )
    source: ClassVar[str] = "Barak et al. 2022, arXiv 2207.08799, section 3"
    operations_unit: ClassVar[str] = "FLOP"
    speed: ClassVar[float | None] = 3e10
    tests_off_clock: ClassVar[bool] = True

    network: catalogue.Name = "relu"
    width: int | None = None
    degree: int | None = None
    depth: int = 3
    second_layer: bool = True
    mean_field: bool = False
    loss: LossName | None = None
    init: StartName = "default"
    init_scale: float | None = None
    sparsity: int = 2
    bias_scale: float | None = None
    later_scale: float | None = None
    optimiser: OptimiserName | None = None
    momentum: float = 0.9
    dead_zone: float = 0.0
    lr: float | None = None
    later_lr: float | None = None
    schedule: ScheduleName = "constant"
    horizon: int = 10_000
    batch: int | None = None
    replacement: bool = False
    decay: float = 0.0
    weight_decay: float = 0.0
    check_every: int = 1
    device: str = "cpu"

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                _check(field.name, value)
        if not re.fullmatch(r"cpu|cuda(:\d+)?", self.device):
            raise InvalidInput(f"device must be cpu, cuda or cuda:<index>, got {self.device!r}")
        if self.network == "transformer" and (self.width or 16) % 16:
            raise InvalidInput(f"width of a transformer must be a multiple of 16, got {self.width}")
        for name in ("second_layer", "mean_field"):
            changed = getattr(self, name) != (name == "second_layer")
            if changed and self.network not in _TWO_LAYERS:
                raise InvalidInput(f"{name} is for two-layer networks, not for {self.network}")

    @property
    def wants(self) -> tuple[str, ...]:
        """k, if the network needs it and was not given a degree of its own."""
        needed = catalogue.DEFAULTS[self.network].needs_k and self.degree is None
        return ("k",) if needed else ()

    def settings(self) -> dict[str, int | float | str | bool | None]:
        """The hyper-parameters, with the network's own filled in where they were left open."""
        own = catalogue.DEFAULTS[self.network]
        chosen = self.parameters()
        for name in ("width", "batch", "lr", "loss", "optimiser", "bias_scale", "later_scale"):
            if chosen[name] is None:
                chosen[name] = getattr(own, name)
        return chosen

    def prepare(self, n: int) -> None:
        """Load PyTorch, compile the kernels and make two idle updates.

        Raises:
            InvalidInput: the device is a GPU that PyTorch does not see.
        """
        from parity_compare.algorithms.training.loop import warm_up

        k = self.degree or min(2, n)
        if self._impossible(n, k) is None:
            warm_up(n, self._recipe(n, k))

    def forecast(self, n: int, *, k: int | None, noise: float, samples: int | None) -> Forecast:
        """FLOPs of one update, times the updates of a scaling law fitted to finished trials.

        The memory is what a trial adds to a batch.
        """
        from parity_compare.algorithms.training.foresight import forecast_training, steps_law

        degree = self.degree or k
        obstacle = self._impossible(n, degree)
        if obstacle is not None:
            return Forecast(math.inf, 0, begins=False, chance=0.0, obstacle=obstacle)
        steps = steps_law(self.network, n, k, noise)
        return forecast_training(self._recipe(n, degree or 1), steps, samples=samples)

    def search(self, task: Task) -> Finding:
        """Train one network."""
        return self.search_many([task])[0]

    def search_many(self, tasks: Sequence[Task]) -> list[Finding]:
        """Train one network per task, all as one batch; each ends by itself."""
        from parity_compare.algorithms.training.loop import train, warm_up

        if not tasks:
            return []
        k = self.degree or tasks[0].k
        obstacle = self._impossible(tasks[0].n, k)
        if obstacle is not None:
            return [Finding(Status.GAVE_UP, detail=obstacle) for _ in tasks]
        recipe = self._recipe(tasks[0].n, k or 1)
        if self.device != "cpu":
            warm_up(tasks[0].n, recipe)  # a GPU's kernels are compiled anew for every degree
        return train(tasks, recipe)

    def _impossible(self, n: int, k: int | None) -> str | None:
        """Why the network cannot be made for these sizes; None if it can."""
        if k is None:
            needed = catalogue.DEFAULTS[self.network].needs_k
            return (
                f"The network {self.network} has to be told k, or given a degree."
                if needed
                else None
            )
        if self.network == "disjoint-polynet" and n % k:
            return f"k = {k} blocks must divide n = {n} coordinates."
        if self.network == "polynomial" and k > _HIGHEST_DEGREE:
            return (
                f"In single precision no polynomial of degree {k} > {_HIGHEST_DEGREE} is evaluated."
            )
        return None

    def _recipe(self, n: int, k: int) -> Recipe:
        from parity_compare.algorithms.training.recipe import Recipe
        from parity_compare.algorithms.training.schedules import Schedule
        from parity_compare.algorithms.training.starts import Start

        own = catalogue.DEFAULTS[self.network]
        width = self.width or own.width
        network = catalogue.make_network(
            self.network,
            n,
            width=width,
            k=k,
            depth=self.depth,
            second_layer=self.second_layer,
            scale=1 / width if self.mean_field else 1.0,
        )
        schedule = Schedule(
            lr=self.lr or own.lr,
            later_lr=self.later_lr,
            shape=self.schedule,
            horizon=self.horizon,
            decay=self.decay,
            weight_decay=self.weight_decay,
        )
        return Recipe(
            network=network,
            start=Start(
                self.init,
                self.init_scale,
                self.sparsity,
                own.bias_scale if self.bias_scale is None else self.bias_scale,
                own.later_scale if self.later_scale is None else self.later_scale,
            ),
            loss=self.loss or own.loss,
            optimiser=self.optimiser or own.optimiser,
            momentum=self.momentum,
            dead_zone=self.dead_zone,
            schedule=schedule,
            batch=self.batch or own.batch,
            replacement=self.replacement,
            check_every=self.check_every,
            device=self.device,
        )


def _check(name: str, value: object) -> None:
    """Refuse a hyper-parameter out of range."""
    if name in _CHOICES and value not in _CHOICES[name]:
        known = ", ".join(_CHOICES[name])
        raise InvalidInput(f"{name} must be one of {known}, got {value!r}")
    if name in _LEAST:
        if not isinstance(value, int):
            raise InvalidInput(f"{name} must be an integer, got {value!r}")
        if value < _LEAST[name]:
            raise InvalidInput(f"{name} must be at least {_LEAST[name]}, got {value}")
    if not isinstance(value, int | float):
        return
    if name in _POSITIVE and not 0 < value < math.inf:
        raise InvalidInput(f"{name} must be positive and finite, got {value}")
    if name in _NOT_NEGATIVE and not 0 <= value < math.inf:
        raise InvalidInput(f"{name} must be finite and at least 0, got {value}")
    if name in _SHARES and not 0 <= value < 1:
        raise InvalidInput(f"{name} must lie in [0, 1), got {value}")
