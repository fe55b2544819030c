"""What the learner promises: the definition of a spectrum, and answers that are not luck."""

import numpy as np
import pytest
from parity_compare_spectrum import Spectrum
from parity_compare_spectrum.spectrum import MOST_BITS, _add, sample_size

import parity_compare as pc
from parity_compare.algorithms import registry
from parity_compare.problems import ExampleOracle, walsh_hadamard


def test_the_transform_of_the_table_is_every_parity_s_correlation():
    """Against the definition: the sum of y chi_T(x) over the sample, for all 2^6 sets T."""
    samples = pc.SparseParity(n=6, k=2, noise=0.3, seed=1).sample(200)
    table = np.zeros(1 << 6, dtype=np.int32)
    _add(table, samples)
    walsh_hadamard(table)
    for index in range(1 << 6):
        subset = [i for i in range(6) if index >> i & 1]
        assert table[index] == 2 * samples.agreement(subset) - samples.m


@pytest.mark.parametrize("k", [1, 3, 8, 15])
@pytest.mark.parametrize("noise", [0.0, 0.1, 0.4])
@pytest.mark.parametrize("tell", [("k", "noise"), ()])
def test_it_finds_parities_of_any_size_at_any_noise(k, noise, tell):
    """A miss has a chance of at most 1e-6 in each of the 24 cases."""
    problem = pc.SparseParity(n=15, k=k, noise=noise, seed=k)
    outcome = pc.learn(Spectrum(), problem, tell=tell)
    assert outcome.status is pc.Status.FOUND
    assert outcome.support == problem.support
    assert outcome.side_information == tell


def test_it_takes_the_examples_that_its_formula_says():
    problem = pc.SparseParity(n=12, k=3, noise=0.1, seed=0)
    outcome = pc.learn(Spectrum(), problem)
    assert outcome.cost.samples == sample_size(220, 0.1, 0.5e-6)
    assert outcome.cost.operations == 12 * 2**12
    forecast = Spectrum().forecast(12, k=3, noise=0.1, samples=None)
    assert (forecast.samples, forecast.operations) == (outcome.cost.samples, 12 * 2**12)


def test_coin_tosses_are_not_called_a_parity():
    """Labels independent of the examples; the false alarm is 1e-6 by construction."""
    rng = np.random.default_rng(0)
    tosses = pc.Samples.from_arrays(rng.integers(0, 2, (2000, 10)), rng.integers(0, 2, 2000))
    outcome = Spectrum().learn(ExampleOracle.over(tosses), k=None, noise=None)
    assert outcome.status is pc.Status.OUT_OF_SAMPLES
    assert outcome.support is None


def test_a_column_and_its_copy_are_told_to_be_two_answers():
    rng = np.random.default_rng(1)
    bits = rng.integers(0, 2, (400, 8))
    bits[:, 5] = bits[:, 2]
    oracle = ExampleOracle.over(pc.Samples.from_arrays(bits, bits[:, 2] ^ bits[:, 0]))
    outcome = Spectrum().learn(oracle, k=2, noise=0.0)
    assert outcome.status is pc.Status.UNDERDETERMINED
    assert outcome.detail == "2 parities agree with 130 of 130 labels."


def test_it_is_known_by_its_name_and_reads_its_parameters():
    assert registry.origin("spectrum") == "parity-compare-spectrum"
    assert registry.parse("spectrum[failure=1e-3]") == Spectrum(failure=1e-3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"failure": 0.0}, "failure must lie in (0, 1), got 0.0"),
        ({"most_noise": 0.5}, "most_noise must lie in [0, 0.5), got 0.5"),
    ],
)
def test_what_is_out_of_range_is_refused(wrong, message):
    with pytest.raises(pc.InvalidInput) as error:
        Spectrum(**wrong)
    assert str(error.value) == message


def test_too_many_bits_are_refused_in_words():
    outcome = pc.learn(Spectrum(), pc.SparseParity(n=MOST_BITS + 1, k=2, seed=0))
    assert outcome.status is pc.Status.GAVE_UP
    assert outcome.message.startswith("A table of 2^25 correlations is too large;")
