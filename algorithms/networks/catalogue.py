"""The architectures by name, with the hyper-parameters that were calibrated for each.

PyTorch is loaded when a network is made, not when the names are listed. What the numbers rest on is
told in docs/calibration.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from parity_compare.algorithms.networks.network import Network

Name = Literal[
    "relu",
    "power",
    "k-zigzag",
    "polynomial",
    "zigzag",
    "sine",
    "polynet",
    "disjoint-polynet",
    "deep",
    "transformer",
]
NAMES: tuple[str, ...] = get_args(Name)


@dataclass(frozen=True)
class Defaults:
    """What a network is trained with unless something else is asked for.

    Attributes:
        width: hidden units per layer.
        batch: examples per step.
        lr: learning rate.
        needs_k: whether its shape depends on k.
        loss: its name.
        optimiser: its name.
        bias_scale, later_scale: factors of the start's biases in the first layer, and of all its
            weights in later layers.
    """

    width: int
    batch: int
    lr: float
    needs_k: bool = False
    loss: str = "hinge"
    optimiser: str = "sgd"
    bias_scale: float = 1.0
    later_scale: float = 1.0


DEFAULTS: dict[str, Defaults] = {
    "relu": Defaults(100, 128, 1.0),
    "power": Defaults(100, 128, 0.07, needs_k=True, bias_scale=0.0, later_scale=2.0),
    "k-zigzag": Defaults(1, 128, 0.1, needs_k=True),
    "polynomial": Defaults(1, 128, 0.1, needs_k=True),
    "zigzag": Defaults(1, 128, 0.1),
    "sine": Defaults(1, 64, 0.085),
    "polynet": Defaults(1, 128, 0.05, needs_k=True, loss="square"),
    "disjoint-polynet": Defaults(1, 128, 0.05, needs_k=True, loss="square"),
    "deep": Defaults(10, 128, 0.1),
    "transformer": Defaults(64, 128, 0.003, optimiser="adam"),
}


def make_network(
    name: str,
    n: int,
    *,
    width: int,
    k: int = 2,
    depth: int = 3,
    second_layer: bool = True,
    scale: float = 1.0,
) -> Network:
    """The architecture of a name.

    Args:
        name: one of :data:`NAMES`.
        n: number of input bits.
        width: hidden units per layer.
        k: degree of the networks that need one.
        depth: layers of ``deep``, the output counted: depth - 1 hidden ones.
        second_layer: whether the two-layer networks train theirs.
        scale: factor of the two-layer networks' hidden sum.
    """
    from parity_compare.algorithms.networks import activations, deep, mlp, neuron, polynet
    from parity_compare.algorithms.networks.transformer import Transformer

    if name in ("polynet", "disjoint-polynet"):
        return polynet.PolyNet(n, k, disjoint=name != "polynet")
    if name == "deep":
        return deep.DeepNetwork(n, (width,) * (depth - 1))
    if name == "transformer":
        return Transformer(n, width)
    if name == "relu":
        return mlp.ReLUNetwork(n, width, second_layer=second_layer, scale=scale)
    if name == "power":
        return mlp.PowerNetwork(n, width, activations.Power(k), second_layer, scale)
    if name == "k-zigzag":
        return neuron.ZigzagNeuron(n, width, activations.ParityZigzag(k), second_layer, scale)
    if name == "polynomial":
        return neuron.PolynomialNeuron(
            n, width, activations.ParityPolynomial(k), second_layer, scale
        )
    if name == "zigzag":
        return neuron.EndlessZigzagNeuron(n, width, second_layer=second_layer, scale=scale)
    return neuron.SineNeuron(n, width, second_layer=second_layer, scale=scale)
