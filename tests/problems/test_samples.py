"""Labelled examples: every convention is read right, every value that is no bit is named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.problems import InvalidInput, Samples, SparseParity

RNG = np.random.default_rng(0)
BITS = RNG.integers(0, 2, (40, 70), dtype=np.uint8)
LABELS = RNG.integers(0, 2, 40, dtype=np.uint8)

CONVENTIONS = {
    "bits": lambda bits: bits,
    "signs": lambda bits: 1 - 2 * bits.astype(int),
    "booleans": lambda bits: bits.astype(bool),
    "floats": lambda bits: bits.astype(float),
    "float signs": lambda bits: 1.0 - 2.0 * bits,
    "lists": lambda bits: bits.tolist(),
}


@pytest.mark.parametrize("of_x", CONVENTIONS)
@pytest.mark.parametrize("of_y", CONVENTIONS)
def test_arrays_may_be_written_in_either_convention_each(of_x, of_y):
    samples = Samples.from_arrays(CONVENTIONS[of_x](BITS), CONVENTIONS[of_y](LABELS))
    assert np.array_equal(samples.bits, BITS)
    assert np.array_equal(samples.labels, LABELS)


def test_all_views_show_the_same_examples():
    samples = Samples.from_arrays(BITS, LABELS)
    assert (samples.m, len(samples), samples.n) == (40, 40, 70)
    assert np.array_equal(samples.X, (-1.0) ** BITS)
    assert np.array_equal(samples.y, (-1.0) ** LABELS)
    turned = Samples.from_arrays(BITS.T, np.zeros(70, int))
    assert np.array_equal(samples.columns, turned.rows)
    assert np.array_equal(samples[5:9].bits, BITS[5:9])
    assert np.array_equal(samples[5:9].labels, LABELS[5:9])
    assert samples.names[0] == "x0"
    assert samples.names[69] == "x69"


@given(st.lists(st.integers(0, 69), unique=True))
@settings(deadline=None, derandomize=True)
def test_parity_and_agreement_over_any_support(support):
    samples = Samples.from_arrays(BITS, LABELS)
    parity = BITS[:, support].sum(axis=1) % 2
    assert np.array_equal(samples.parity(support), parity)
    assert samples.agreement(support) == np.sum(parity == LABELS)


def test_ones_alone_are_read_by_the_other_arrays_convention():
    ones = np.ones((3, 2), int)
    assert Samples.from_arrays(ones, [0, 1, 1]).bits.all()
    assert not Samples.from_arrays(ones, [-1, 1, 1]).bits.any()
    assert not Samples.from_arrays([[-1, 1], [1, 1], [1, 1]], np.ones(3)).labels.any()
    assert Samples.from_arrays([[0, 1], [1, 1], [1, 1]], np.ones(3)).labels.all()
    assert Samples.from_arrays(ones, np.ones(3), encoding="bits").labels.all()
    assert not Samples.from_arrays(ones, np.ones(3), encoding="signs").bits.any()
    assert Samples.from_arrays(ones.astype(bool), np.ones(3)).labels.all()
    with pytest.raises(InvalidInput, match=r"hold only the value 1.*encoding='bits' or"):
        Samples.from_arrays(ones, np.ones(3))


@pytest.mark.parametrize(
    ("X", "y", "place"),
    [
        ([[0, 1], [1, 2]], [0, 1], "got 2 at row 2, column 'b'"),
        ([[0, 1], [-1, 1]], [0, 1], "got -1 at row 2, column 'a'"),
        ([[0, 1], [1, 1]], [0, 3], "got 3 at row 2, column 'label'"),
        ([[0.5, 1], [1, 1]], [0, 1], "got 0.5 at row 1, column 'a'"),
        ([[0, 1 + 1e-9], [1, 1]], [0, 1], "got 1.000000001 at row 1, column 'b'"),
        ([[np.nan, 1], [1, 1]], [0, 1], "got nan at row 1, column 'a'"),
        (np.array([[0, 255], [1, 1]], np.uint8), [0, 1], "got 255 at row 1, column 'b'"),
        ([[0, 1], [1, 1]], ["0", "1"], "got dtype <U1"),
    ],
)
def test_a_value_that_is_no_bit_is_named_by_row_and_column(X, y, place):
    with pytest.raises(InvalidInput) as error:
        Samples.from_arrays(X, y, names=("a", "b"), label_name="label")
    assert str(error.value).endswith(place)


@pytest.mark.parametrize(("encoding", "value"), [("bits", -1), ("signs", 0)])
def test_a_stated_encoding_refuses_the_other_convention(encoding, value):
    with pytest.raises(InvalidInput, match=f"got {value} at row 1, column 'x1'"):
        Samples.from_arrays([[1, value]], [1], encoding=encoding)


def test_an_unknown_encoding_is_refused_rather_than_guessed():
    with pytest.raises(InvalidInput) as error:
        Samples.from_arrays([[0, 1]], [1], encoding="bit")
    assert str(error.value) == "encoding must be one of auto, bits, signs, got 'bit'"


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([0, 1], [0, 1], "X must have shape (m, n) with n >= 1, got shape (2,)"),
        (np.zeros((2, 0)), [0, 1], "X must have shape (m, n) with n >= 1, got shape (2, 0)"),
        ([[0, 1]], [0, 1], "y must have shape (1,), got shape (2,)"),
        ([[0, 1]], [[0]], "y must have shape (1,), got shape (1, 1)"),
        ([[0, 1], [1]], [0, 1], "X must be an array, got rows of different lengths"),
    ],
)
def test_shapes_that_do_not_fit_are_shown(X, y, message):
    with pytest.raises(InvalidInput) as error:
        Samples.from_arrays(X, y)
    assert str(error.value) == message


def test_there_is_one_name_per_column():
    with pytest.raises(InvalidInput, match="names must have 2 entries, got 1"):
        Samples.from_arrays([[0, 1]], [1], names=["a"])
    with pytest.raises(InvalidInput, match=r"rows must have shape .* = \(2, 2\), got \(2, 1\)"):
        Samples(65, np.zeros((2, 1), np.uint64), np.zeros(2, np.uint8))


def test_examples_cannot_be_changed_from_outside():
    X, y = BITS.copy(), LABELS.copy()
    samples = Samples.from_arrays(X, y)
    X[:], y[:] = 0, 0
    assert np.array_equal(samples.bits, BITS)
    assert np.array_equal(samples.labels, LABELS)
    for array in (samples.rows, samples.labels, samples.columns, samples.label_words):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(AttributeError):
        samples.n = 3


def test_no_examples_are_examples_too():
    for samples in (Samples.from_arrays(np.empty((0, 70)), []), SparseParity(70, 2).sample(0)):
        assert (samples.m, samples.n) == (0, 70)
        assert samples.columns.shape == (70, 0)
        assert samples.label_words.shape == (0,)
        assert samples.agreement([1, 2]) == 0
        assert samples.X.shape == (0, 70)
