"""Which engine trains a recipe: the fastest that can, chosen without asking the user."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from parity_compare.algorithms.networks.hidden_layer import HiddenLayer
from parity_compare.algorithms.networks.mlp import PowerNetwork, ReLUNetwork
from parity_compare.algorithms.training.ensemble import Ensemble
from parity_compare.algorithms.training.recipe import Recipe
from parity_compare.algorithms.training.stepping import Stepper
from parity_compare.algorithms.training.supply import Supply


def make_stepper(
    ensemble: Ensemble,
    supply: Supply,
    inputs: Sequence[np.random.Generator],
    threads: int,
) -> Stepper:
    """The engine for an ensemble.

    Two-layer ReLU and z^k networks under plain SGD, with heat or without, run in a compiled kernel:
    of numba's on the CPU, of Triton's on an NVIDIA GPU where Triton is installed and a trial's
    weights fit on the chip. Everything else runs in batched PyTorch.

    Args:
        ensemble: the networks.
        supply: their batches.
        inputs: a generator per trial, for the inputs of the stopping rule's first test.
        threads: CPU threads that compiled kernels may use.
    """
    recipe = ensemble.recipe
    if compiled(recipe) and recipe.device == "cpu":
        from parity_compare.algorithms.training.fused_steps import FusedSteps

        return FusedSteps(ensemble, supply, inputs, threads)
    if compiled(recipe):
        from parity_compare.algorithms.kernels import two_layer_triton

        network = recipe.network
        assert isinstance(network, HiddenLayer)
        fits = two_layer_triton.fits(network.n, network.width, recipe.batch)
        if two_layer_triton.available(recipe.device) and fits:
            from parity_compare.algorithms.training.triton_steps import TritonSteps

            return TritonSteps(ensemble, supply, inputs)
    from parity_compare.algorithms.training.torch_steps import TorchSteps

    return TorchSteps(ensemble, supply, inputs)


def compiled(recipe: Recipe) -> bool:
    """Whether a recipe is of the family that the compiled kernels know."""
    two_layer = isinstance(recipe.network, ReLUNetwork | PowerNetwork)
    return two_layer and recipe.optimiser == "sgd"
