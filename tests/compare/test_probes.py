"""What the judge records along a trial: against closed forms, enumeration and brute force."""

import math

import numpy as np
import pytest

from parity_compare import SparseParity, run
from parity_compare.algorithms.networks.mlp import ReLUNetwork
from parity_compare.algorithms.networks.network import TrainedNetwork
from parity_compare.algorithms.training.losses import LOSSES
from parity_compare.algorithms.training.tracing import Snapshot
from parity_compare.probes import gap_terms, probes, signal_to_noise
from parity_compare.problems import InvalidInput
from parity_compare.results import Results
from parity_compare.storage.store import load


def majority_coefficient(n, s):
    """xi_s, the Fourier coefficient of majority on n bits at a set of odd size s."""
    h = (n - 1) // 2
    ratio = math.comb(h, (s - 1) // 2) / math.comb(n - 1, s - 1)
    return (-1) ** ((s - 1) // 2) * ratio * 2.0 ** (1 - n) * math.comb(n - 1, h)


def state_of(W, loss):
    """A moment of a ReLU network with rows W, no biases and u = 1."""
    r, n = W.shape
    shape = ReLUNetwork(n, r)
    values = {"W": np.hstack([W, np.zeros((r, 1))])[None], "u": np.ones((1, r)),
              "c": np.zeros((1, 1))}  # fmt: skip
    stored = shape.assemble({k: v.astype(np.float32) for k, v in values.items()}, "cpu")
    network = TrainedNetwork(shape, {k: v[0].numpy() for k, v in stored.items()})
    return Snapshot(0, network, network.input_weights(), LOSSES[loss])


@pytest.mark.parametrize(("n", "k"), [(5, 2), (9, 4), (11, 2), (13, 4)])
def test_the_gap_at_a_sign_vector_is_half_that_of_majority(n, k):
    """dL/dw_i = -E[chi_S(x) x_i 1{w.x > 0}]: half of majority's coefficients at sets of k -+ 1."""
    problem = SparseParity(n, k, seed=3)
    signs = np.random.default_rng(n).choice([-1.0, 1.0], size=(3, n))
    state = state_of(signs, "correlation")
    measured = probes(problem, which="full")
    inside, outside = (abs(majority_coefficient(n, s)) / 2 for s in (k - 1, k + 1))
    assert measured["gradient_relevant"](state) == pytest.approx(inside, abs=1e-6)
    assert measured["gradient_irrelevant"](state) == pytest.approx(outside, abs=1e-6)
    assert measured["fourier_gap"](state) == pytest.approx(inside - outside, abs=1e-6)
    np.testing.assert_array_equal(measured["weights"](state), np.ones(n))


def test_beyond_enumeration_the_gap_is_estimated():
    """8192 examples: each coordinate's error has standard deviation at most 1 / (2 sqrt(8192))."""
    n, k = 15, 2
    state = state_of(np.ones((1, n)), "correlation")
    measured = probes(SparseParity(n, k, seed=1), which="full")
    inside = abs(majority_coefficient(n, 1)) / 2
    assert measured["gradient_relevant"](state) == pytest.approx(inside, abs=5 / (2 * 90))


def test_signal_to_noise_is_unbiased():
    """Normal gradients: mean 400 trials' estimates; at 4.9 standard errors a chance of 1e-6."""
    rng = np.random.default_rng(0)
    mean = np.array([0.3, -0.1, 0.0, 0.2])
    found = [signal_to_noise(mean + rng.normal(size=(64, 4))) for _ in range(400)]
    expected = (mean**2).sum() / 4
    # E[1 / variance] exceeds 1 / E[variance] by about 2 / (4 * 63).
    assert np.mean(found) == pytest.approx(
        expected * (1 + 2 / 252), abs=4.9 * np.std(found) / math.sqrt(400)
    )
    assert signal_to_noise(np.ones((5, 2))) == math.inf
    assert signal_to_noise(np.zeros((5, 2))) == 0


def test_the_unit_with_the_largest_gap_counts():
    gradient = np.array([[3.0, -1.0, 2.5], [0.5, 0.4, 0.1]])
    assert gap_terms(gradient, np.array([True, True, False])) == (0.4, 0.1)
    assert gap_terms(gradient, np.array([True, True, True])) == (1.0, 0.0)


def test_full_probes_follow_the_gap_and_the_weights(tmp_path):
    """On record for every moment, arrays included, and back from the store as they were."""
    run("sgd[width=20]", n=10, k=2, trials=1, probes="full", moments="every", out=tmp_path)
    (record,) = load(tmp_path).records
    assert record.solved
    assert record.engine == "fused cpu"
    assert record.timing == "single, stepwise"
    trace, steps = record.trace, record.cost.steps
    assert trace["step"].tolist() == list(range(steps + 1))
    assert trace["weights"].shape == (steps + 1, 10)
    inside = list(record.secret)
    outside = [i for i in range(10) if i not in inside]
    final = trace["weights"][-1]
    assert final[inside].min() > final[outside].max()
    gap = trace["gradient_relevant"] - trace["gradient_irrelevant"]
    np.testing.assert_allclose(trace["fourier_gap"], gap)
    assert trace["fourier_gap"][: steps // 2].min() > 0
    assert np.isfinite(trace["gradient_snr"]).all()


def test_with_random_labels_there_is_nothing_to_find():
    """The same weights and inputs, coin tosses for labels: no progress on S in particular."""
    results = run(
        "sgd[width=20],gf2,sq", n=12, k=2, trials=3, step_limit=300, time_limit=5,
        variant=["plain", "random-labels"],
    )  # fmt: skip
    frame = results.frame()
    plain, control = (frame[frame.variant == name] for name in ("plain", "random-labels"))
    assert plain.solved.all()
    assert not control.solved.any()
    assert set(control[control.learner == "gf2"].status) == {"inconsistent"}
    cells = Results(results.records).summary()
    assert set(zip(cells.learner, cells.variant, strict=True)) == {
        (name, variant) for name in ("sgd", "gf2", "sq") for variant in ("plain", "random-labels")
    }
    starts = [record.trace["loss"][0] for record in results.records if "loss" in record.trace]
    assert len(starts) == 6
    for record in results.records:
        if record.spec.random_labels and record.spec.learner.startswith("sgd"):
            relevant, others = (
                record.trace[f"progress_{side}"][-1] for side in ("relevant", "irrelevant")
            )
            assert relevant < 2 * others


def test_supports_in_blocks_have_one_coordinate_in_each():
    for seed in range(20):
        support = SparseParity(12, 3, seed=seed, blocks=True).support
        assert [i // 4 for i in support] == [0, 1, 2]
    with pytest.raises(InvalidInput, match="n must be a multiple of k for blocks, got n=13, k=3"):
        SparseParity(13, 3, blocks=True)
    record = run(
        "sgd[network=disjoint-polynet,init=bernoulli,init_scale=1,loss=correlation,lr=0.05]",
        n=12, k=2, trials=8, variant="blocks", step_limit=300,
    )  # fmt: skip
    solved = sum(r.solved for r in record.records)
    assert solved >= 2, "half of the sign vectors go the right way"


@pytest.mark.parametrize(
    ("option", "value"),
    [("variant", "plane"), ("probes", "all"), ("moments", "never")],
)
def test_unknown_choices_are_refused(option, value):
    with pytest.raises(InvalidInput, match=rf"{option} must be among .*, got '{value}'"):
        run("gf2", n=10, k=2, trials=1, **{option: value})


def test_old_keys_stay_true():
    """A trial without the later fields' values has the key that it had before there were any."""
    import hashlib
    import json
    from dataclasses import asdict

    from parity_compare.experiment import Experiment

    spec = next(iter(Experiment(learners=("gf2",), n=(10,), k=(2,)).specs()))
    facts = asdict(spec)
    for later in ("variant", "probes", "moments", "replays"):
        del facts[later]
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    assert spec.key == hashlib.sha256(text.encode()).hexdigest()
    other = next(iter(Experiment(learners=("gf2",), n=(10,), k=(2,), variant=("blocks",)).specs()))
    assert other.key != spec.key
    assert type(spec).from_json(other.to_json()) == other
