"""Specifications: what determines a trial, and what must not."""

from dataclasses import replace

import numpy as np
import pytest

from parity_compare.experiment import Experiment, resolve_devices
from parity_compare.problems.errors import InvalidInput
from parity_compare.spec import TrialSpec


@pytest.fixture
def spec() -> TrialSpec:
    experiment = Experiment(learners=("gf2",), n=(20,), k=(3,), seconds=1.5)
    return next(iter(experiment.specs()))


def test_json_round_trip_keeps_the_key(spec: TrialSpec) -> None:
    again = TrialSpec.from_json(spec.to_json())
    assert again == spec
    assert again.key == spec.key


@pytest.mark.parametrize(
    "change",
    [
        {"learner": "sq"},
        {"device": "cuda"},
        {"n": 21},
        {"k": 4},
        {"k": None},
        {"noise": 0.1},
        {"samples": 50},
        {"trial": 1},
        {"seed": 1},
        {"told": ()},
        {"seconds": 2.0},
        {"max_samples": 5},
        {"max_steps": 5},
        {"threads": 2},
        {"batched": True},
        {"parameters": {"surplus": 31}},
    ],
)
def test_every_field_changes_the_key(spec: TrialSpec, change: dict[str, object]) -> None:
    assert replace(spec, **change).key != spec.key


@pytest.mark.parametrize(
    "change",
    [
        {"learner": "sq"},
        {"device": "cuda"},
        {"noise": 0.1},
        {"samples": 50},
        {"told": ()},
        {"seconds": 2.0},
        {"threads": 2},
    ],
)
def test_every_learner_meets_the_same_instance(spec: TrialSpec, change: dict[str, object]) -> None:
    assert replace(spec, **change).problem().support == spec.problem().support
    assert replace(spec, **change).instance_seed == spec.instance_seed


def test_trials_meet_different_instances() -> None:
    specs = Experiment(learners=("gf2",), n=(100,), k=(5,), trials=20).specs()
    assert len({spec.problem().support for spec in specs}) == 20


def test_grid_is_the_product_of_its_axes() -> None:
    experiment = Experiment(
        learners=("gf2", "sq"), n=(10, 20), k=(2, 3), noise=(0.0, 0.1), trials=3
    )
    specs = list(experiment.specs())
    assert len(specs) == 2 * 2 * 2 * 2 * 3
    assert len({spec.key for spec in specs}) == len(specs)


def test_a_value_named_twice_is_one_cell() -> None:
    experiment = Experiment(learners=("gf2",), n=(10, 10), k=(2, 2), noise=(0.0, -0.0), trials=1)
    assert len(list(experiment.specs())) == 1


def test_numbers_of_numpy_are_numbers() -> None:
    ours = Experiment(learners=("gf2",), n=(10,), k=(2,), noise=(0.25,), trials=1)
    theirs = Experiment(
        learners=("gf2",), n=(np.int64(10),), k=(np.int32(2),), noise=(np.float32(0.25),), trials=1
    )
    assert [s.key for s in theirs.specs()] == [s.key for s in ours.specs()]


def test_hyper_parameters_at_their_defaults_are_on_record() -> None:
    spec = next(iter(Experiment(learners=("sgd",), n=(10,), k=(2,), trials=1).specs()))
    assert spec.learner == "sgd"
    assert spec.parameters["width"] == 100
    assert "device" not in spec.parameters


def test_learners_take_turns() -> None:
    specs = Experiment(learners=("gf2", "sq"), n=(10,), k=(2,), trials=2).specs()
    assert [(s.learner, s.trial) for s in specs] == [("gf2", 0), ("sq", 0), ("gf2", 1), ("sq", 1)]


def test_a_learner_named_twice_runs_once() -> None:
    experiment = Experiment(learners=("gf2", "gf2[surplus=32]"), n=(10,), k=(2,), trials=1)
    assert [spec.learner for spec in experiment.specs()] == ["gf2"]


def test_only_learners_with_a_choice_run_on_every_device() -> None:
    experiment = Experiment(
        learners=("sgd", "gf2"), n=(10,), k=(2,), trials=1, devices=("cpu", "cuda")
    )
    pairs = [(spec.learner, spec.device) for spec in experiment.specs()]
    assert pairs == [("sgd", "cpu"), ("sgd", "cuda"), ("gf2", "cpu")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learners": ()}, "learners must not be empty"),
        ({"n": ()}, "n must not be empty"),
        ({"trials": 0}, "trials must be at least 1, got 0"),
        ({"n": (0,)}, "n must be at least 1, got 0"),
        ({"k": (11,)}, "k must lie in 1..n = 1..10, got 11"),
        ({"k": (0,)}, "k must lie in 1..n = 1..10, got 0"),
        ({"noise": (0.5,)}, r"noise must lie in \[0, 0.5\), got 0.5"),
        ({"noise": (float("nan"),)}, r"noise must lie in \[0, 0.5\), got nan"),
        ({"samples": (0,)}, "samples must be at least 1, got 0"),
        ({"told": ("secret",)}, "told must be among k and noise, got 'secret'"),
        ({"seconds": -1.0}, "seconds must be positive, got -1.0"),
        ({"threads": 0}, "threads must be at least 1, got 0"),
        ({"learners": ("gf3",)}, "unknown learner 'gf3'; did you mean gf2"),
        ({"learners": ("sgd[device=cuda]",)}, "device of sgd is set for the whole run"),
    ],
)
def test_bad_grids_are_refused(change: dict[str, object], message: str) -> None:
    good: dict[str, object] = {"learners": ("gf2",), "n": (10,), "k": (2,)}
    with pytest.raises(InvalidInput, match=message):
        Experiment(**{**good, **change})


def test_devices() -> None:
    assert resolve_devices(["cpu", "cpu"]) == ("cpu",)
    with pytest.raises(InvalidInput, match="device must be one of auto, cpu, cuda, got 'tpu'"):
        resolve_devices(["tpu"])


def test_cuda_where_there_is_none_is_refused() -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has an NVIDIA GPU")
    assert resolve_devices(["auto", "cpu"]) == ("cpu",)
    with pytest.raises(InvalidInput, match="no NVIDIA GPU"):
        resolve_devices(["cpu", "cuda"])
