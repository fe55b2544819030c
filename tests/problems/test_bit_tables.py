"""Tables keep every bit, whatever they are made of, and become samples without a leak."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.problems import Groups, InvalidInput, Samples, Table
from parity_compare.problems.bits import all_ones, pack


def table_of(bits, names="", **more):
    bits = np.asarray(bits, np.uint8)
    names = tuple(names) or tuple(f"x{i}" for i in range(bits.shape[1]))
    return Table(len(bits), names, pack(np.ascontiguousarray(bits.T)), **more)


@pytest.mark.parametrize("m", [1, 63, 64, 65, 65_536, 70_001])
def test_bits_and_samples_are_those_of_the_array(m):
    """Row counts around a word, and past the block that is unpacked at a time."""
    bits = np.random.default_rng(m).integers(0, 2, (m, 5), dtype=np.uint8)
    table = Table.from_arrays(bits, names="abcde")
    assert np.array_equal(table.bits, bits)
    samples = table.samples("c", without=["e"])
    expected = Samples.from_arrays(bits[:, [0, 1, 3]], bits[:, 2], names="abd", encoding="bits")
    assert samples.names == expected.names
    assert np.array_equal(samples.rows, expected.rows)
    assert np.array_equal(samples.labels, expected.labels)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 200), st.integers(1, 12), st.integers(0, 2**32))
def test_every_convention_gives_the_same_table(m, c, seed):
    bits = np.random.default_rng(seed).integers(0, 2, (m, c), dtype=np.uint8)
    bits[0] = 0  # so that no column is of nothing but ones
    signs = 1 - 2 * bits.astype(np.int8)
    signs[:, (signs == 1).all(axis=0)] = 1
    for written in (bits, bits.astype(bool), bits.astype(str), bits.astype("S1"), bits * 1.0):
        assert np.array_equal(Table.from_arrays(written).columns, pack(bits.T.copy()))
    for written in (signs, signs.astype(float), signs.astype(str)):
        read = Table.from_arrays(written, encoding="signs")
        assert np.array_equal(read.columns, pack(bits.T.copy()))


def test_columns_of_a_table_may_differ_in_convention():
    table = Table.from_arrays([[0, 1, 1], [1, -1, 0]])
    assert table.bits.tolist() == [[0, 0, 1], [1, 1, 0]]


@pytest.mark.parametrize(
    ("rows", "read"),
    [
        ([[1, 1], [1, -1]], [0, 0]),
        ([[1, 1], [1, 0]], [1, 1]),
        ([[1, 1, 1], [1, 0, -1]], [1, 1]),
        ([[1], [1]], [1, 1]),
    ],
    ids=["signs", "bits", "both", "alone"],
)
def test_a_column_of_ones_follows_the_others_if_they_agree(rows, read):
    assert Table.from_arrays(rows).bits[:, 0].tolist() == read


def test_a_given_encoding_is_kept_to():
    assert Table.from_arrays([[1], [1]], encoding="signs").bits.tolist() == [[0], [0]]
    assert Table.from_arrays([[True], [False]], encoding="signs").bits.tolist() == [[1], [0]]
    with pytest.raises(InvalidInput, match=r"by encoding='signs'.*, got 0 at row 2, column 'x0'"):
        Table.from_arrays([[1], [0]], encoding="signs")
    with pytest.raises(InvalidInput, match=r"by encoding='bits'.*, got -1 at row 2, column 'x0'"):
        Table.from_arrays([[1], [-1]], encoding="bits")
    with pytest.raises(InvalidInput, match="encoding must be one of auto, bits, signs, got 'sign'"):
        Table.from_arrays([[1]], encoding="sign")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[0], [1], [-1]], "not both, got 0 at row 1, column 'x0', -1 at row 3, column 'x0'"),
        ([["true"], ["-1"]], "not both, got 'true' at row 1, column 'x0', -1 at row 2"),
        ([[0.0], [np.nan]], "values must not be missing, got nan at row 2, column 'x0'"),
        ([[0, 1], [1]], "X must be an array, got rows of different lengths"),
        ([0, 1], r"X must have shape \(m, n\) with n >= 1, got shape \(2,\)"),
        (np.empty((0, 2)), "X has no rows"),
        ([[1j]], "got '1j' at row 1, column 'x0'"),
        ([[np.inf]], "got inf at row 1, column 'x0'"),
    ],
)
def test_what_is_wrong_with_an_array_is_named(rows, message):
    with pytest.raises(InvalidInput, match=message):
        Table.from_arrays(rows)


def test_names_must_fit():
    with pytest.raises(InvalidInput, match="names must have 2 entries, got 1"):
        Table.from_arrays([[0, 1]], names=["a"])
    with pytest.raises(InvalidInput, match="names must differ, got 'a' twice"):
        Table.from_arrays([[0, 1]], names=["a", "a"])


# --- DataFrames -----------------------------------------------------------------------------------


def test_every_type_of_column_of_a_frame_is_read():
    bits = [1, 0, 1]
    frame = pd.DataFrame(
        {
            "int": bits,
            "float": [1.0, 0.0, 1.0],
            "bool": [True, False, True],
            "signs": [-1, 1, -1],
            "text": ["1", "0", "1"],
            "words": ["true", "false", "True"],
            "object": pd.Series([1, "0", True], dtype=object),
            "Int64": pd.array(bits, dtype="Int64"),
            "Float64": pd.array([1.0, 0.0, 1.0], dtype="Float64"),
            "boolean": pd.array([True, False, True], dtype="boolean"),
            "category": pd.Categorical(["1", "0", "1"]),
            7: np.array(bits, np.uint8),
        }
    )
    table = Table.from_frame(frame)
    assert table.names == (*map(str, frame.columns),)
    assert table.bits.T.tolist() == [bits] * len(table.names)


def test_gaps_of_every_type_are_missing_values():
    frame = pd.DataFrame(
        {
            "float": [0.0, np.nan, 1.0, 1.0],
            "object": pd.Series([1, 0, None, 1], dtype=object),
            "Int64": pd.array([1, 0, pd.NA, 1], dtype="Int64"),
            "boolean": pd.array([True, pd.NA, False, True], dtype="boolean"),
            "whole": [0, 1, 0, 1],
        }
    )
    with pytest.raises(InvalidInput) as error:
        Table.from_frame(frame)
    assert "got nan at row 2, column 'float', '<NA>' at row 2, column 'boolean'" in str(error.value)
    assert "missing='drop-rows' or 'drop-columns'" in str(error.value)
    rows = Table.from_frame(frame, missing="drop-rows")
    assert (rows.dropped, rows.bits.tolist()) == (2, [[0, 1, 1, 1, 0], [1, 1, 1, 1, 1]])
    columns = Table.from_frame(frame, missing="drop-columns")
    assert (columns.names, columns.dropped, columns.m) == (("whole",), 0, 4)
    assert columns.dropped_columns == ("float", "object", "Int64", "boolean")
    assert columns.select(["whole"]).dropped_columns == columns.dropped_columns


def test_integers_beside_gaps_are_not_rounded():
    """2^63 + 1 is no floating-point number."""
    frame = pd.DataFrame({"v": pd.array([2**63 + 1, None], dtype="UInt64")})
    table = Table.from_frame(frame, unpack=["v:0,1,63"], missing="drop-rows")
    assert table.bits.tolist() == [[1, 0, 1]]


def test_a_frame_may_be_of_any_library():
    class Frame:
        columns = ("a", "b")

        def __getitem__(self, name):
            return [0, 1] if name == "a" else [1, 1]

    assert Table.from_frame(Frame()).bits.tolist() == [[0, 1], [1, 1]]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ([[0]], "frame must be a DataFrame with columns, got list"),
        (pd.DataFrame([[0, 1]], columns=["a", "a"]), "the DataFrame has two columns named 'a'"),
        (pd.DataFrame({"1": [0], 1: [0]}), "the DataFrame has two columns named '1'"),
        (pd.DataFrame(), "the DataFrame has no column of bits"),
        (pd.DataFrame({"a": []}), "the DataFrame has no rows"),
        (pd.DataFrame({"t": pd.date_range("2020-01-01", periods=1), "a": [1]}), "--ignore t"),
    ],
)
def test_what_is_wrong_with_a_frame_is_named(frame, message):
    with pytest.raises(InvalidInput, match=message):
        Table.from_frame(frame)


# --- groups ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "ordered"),
    [
        (["b", "a", "b", "c"], ("a", "b", "c")),
        ([10, 9, 10, 2], ("2", "9", "10")),
        ([10.0, 9.5, 10.0, -1], ("-1", "9.5", "10")),
        ([True, False, True, True], ("False", "True")),
        (["10", "9", "x", "10"], ("9", "10", "x")),
    ],
)
def test_a_group_column_is_no_feature_and_its_values_are_ordered(values, ordered):
    frame = pd.DataFrame({"g": values, "a": [0, 1, 1, 0]})
    table = Table.from_frame(frame, group="g")
    assert table.names == ("a",)
    assert table.groups.name == "g"
    assert table.groups.values == ordered
    texts = [f"{v:g}" if isinstance(v, float) else str(v) for v in values]
    assert [ordered[code] for code in table.groups.codes] == texts


def test_a_row_without_a_group_has_a_missing_value():
    frame = pd.DataFrame({"g": ["x", None, "y"], "a": [0, 1, 1], "b": [0, np.nan, 1]})
    with pytest.raises(InvalidInput, match="row 2, column 'g', nan at row 2, column 'b'"):
        Table.from_frame(frame, group="g")
    table = Table.from_frame(frame, group="g", missing="drop-rows")
    assert (table.dropped, table.groups.codes.tolist()) == (1, [0, 1])
    with pytest.raises(InvalidInput, match="the group 'g' has missing values, so its column"):
        Table.from_frame(frame, group="g", missing="drop-columns")


def test_groups_of_dropped_rows_are_gone():
    frame = pd.DataFrame({"g": ["x", "y", "z"], "a": [0, np.nan, 1]})
    groups = Table.from_frame(frame, group="g", missing="drop-rows").groups
    assert (groups.values, groups.codes.tolist()) == (("x", "z"), [0, 1])


# --- the table itself -----------------------------------------------------------------------------


def test_declared_labels_are_never_features():
    """Otherwise one label of a file would explain another."""
    table = table_of([[0, 1, 1, 0], [1, 0, 1, 0]], "abyz", labels=("y", "z"))
    assert table.samples("y").names == ("a", "b")
    assert table.samples("a").names == ("b",)
    assert table.select(["z", "a"]).labels == ("z",)


def test_columns_are_chosen_in_the_order_asked_for():
    groups = Groups("g", np.array([0, 1]), ("p", "q"))
    table = table_of([[0, 1, 1], [1, 0, 1]], "abc", groups=groups, dropped=3)
    chosen = table.select(["c", "a"])
    assert chosen.names == ("c", "a")
    assert chosen.bits.tolist() == [[1, 0], [1, 1]]
    assert (chosen.groups, chosen.dropped, len(chosen)) == (groups, 3, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: t.samples("z"), "no label column 'z'; the table has the columns 'a', 'b'"),
        (lambda t: t.samples("a", without=["z"]), "no column 'z'; the table has the columns"),
        (lambda t: t.samples("a", without=["b"]), "no column besides the label 'a'"),
        (lambda t: t.select(["z"]), "no column 'z'; the table has the columns 'a', 'b'"),
        (lambda t: t.select(["a", "a"]), "names must differ, got 'a' twice"),
        (lambda t: Table(2, ("a",), t.columns), r"columns must have shape \(1, 1\), got \(2, 1\)"),
        (lambda t: Table(1, t.names, t.columns), "columns must have no bit set past row 1"),
        (lambda t: Groups("g", np.array([0, 2]), ("p", "q")), r"codes must lie in \[0, 1\]"),
        (
            lambda t: Table(2, t.names, t.columns, Groups("g", np.array([0]), ("p",))),
            "groups must have 2 codes, got 1",
        ),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(InvalidInput, match=message):
        call(table_of([[0, 1], [1, 0]], "ab"))


def test_a_table_cannot_be_changed():
    table = table_of([[0, 1], [1, 0]], groups=Groups("g", np.array([0, 0]), ("p",)))
    with pytest.raises(ValueError, match="read-only"):
        table.columns[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        table.groups.codes[0] = 1


@pytest.mark.parametrize("bits", [0, 1, 63, 64, 65, 128])
def test_all_ones_are_as_many_as_asked_for(bits):
    assert np.array_equal(all_ones(bits), pack(np.ones(bits, np.uint8)))
