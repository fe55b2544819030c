"""NPY and NPZ files that users bring: what is right is read, what is wrong is named."""

import pickle
import zipfile
import zlib

import numpy as np
import pytest
from complaints import complaint

from parity_compare.problems import InvalidInput, SparseParity, read_samples, read_table


def test_a_matrix_and_a_structured_array_are_tables(tmp_path):
    np.save(tmp_path / "d.npy", np.asfortranarray([[0, 1, 1], [1, 0, 1]]))
    table = read_table(tmp_path / "d.npy")
    assert (table.names, table.bits.tolist()) == (("x0", "x1", "x2"), [[0, 1, 1], [1, 0, 1]])
    assert read_samples(tmp_path / "d.npy", "x1").names == ("x0", "x2")
    kinds = [("a", "?"), ("addr", ">u8"), ("bank", "S4")]
    np.save(tmp_path / "d.npy", np.array([(True, 5, b"p"), (False, 2, b"q")], kinds))
    table = read_table(tmp_path / "d.npy", unpack=["addr:0-2"], group="bank")
    assert table.bits.tolist() == [[1, 1, 0, 1], [0, 0, 1, 0]]
    assert table.groups.values == ("p", "q")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.empty((0, 3)), "has no rows"),
        (np.array(1), "X must have shape (m, n) with n >= 1, got shape ()"),
        (np.array([[None]]), "holds Python objects, which would need pickle"),
        (np.array([(1, None)], [("a", int), ("b", object)]), "holds Python objects"),
        (
            np.zeros((2, 2), [("a", int)]),
            "structured arrays must have shape (m,), got shape (2, 2)",
        ),
    ],
)
def test_what_is_wrong_with_an_npy_file_is_named(tmp_path, array, message):
    np.save(tmp_path / "d.npy", array)
    assert message in complaint(read_table, tmp_path / "d.npy")


def test_what_is_no_npy_file_is_said_to_be_none(tmp_path):
    path = tmp_path / "d.npy"
    for content in (b"", b"garbage", pickle.dumps([0])):
        path.write_bytes(content)
        assert "is not an NPY file" in complaint(read_table, path)
    np.save(path, np.eye(9))
    whole = path.read_bytes()
    for content in (whole[:-1], whole[:20], b"\x93NUMPY\x09" + whole[7:]):
        path.write_bytes(content)
        assert "is a damaged NPY file" in complaint(read_table, path)


# --- NPZ ------------------------------------------------------------------------------------------


@pytest.fixture
def npz(tmp_path):
    """A path, and how it is read."""
    path = tmp_path / "data.npz"
    return path, lambda label=None: read_samples(path, label)


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_arrays_in_any_convention_come_back(npz, write):
    path, read = npz
    expected = SparseParity(70, 2, seed=1).sample(30)
    for X, y in [
        (expected.bits, expected.labels),
        (expected.X, expected.y),
        (expected.bits.astype(bool), expected.y.astype(float)),
    ]:
        write(path, X=X, y=y, other=1 - y)
        samples = read()
        assert np.array_equal(samples.rows, expected.rows)
        assert np.array_equal(samples.labels, expected.labels)


def test_the_label_names_another_array(npz):
    path, read = npz
    np.savez(path, X=[[0, 1], [1, 0]], y=[0, 1], z=[1, 0])
    assert read("z").labels.tolist() == [1, 0]
    message = complaint(read, "w")
    assert message.endswith("has no array 'w'; it has 'X', 'y', 'z'")


def test_arrays_beside_the_matrix_are_labels_and_no_features(npz):
    path, _ = npz
    np.savez(path, X=[[0, 1], [1, 0]], y=[0, 1], z=[1, 0], names=["p", "q"], secret=[1, 2, 3])
    table = read_table(path)
    assert (table.names, table.labels) == (("p", "q", "y", "z"), ("y", "z"))
    assert table.samples("z").names == ("p", "q")
    assert read_table(path, labels=["z"]).names == ("p", "q", "z")
    assert read_table(path, group="z").groups.values == ("0", "1")
    assert read_samples(path, "p").names == ("q",)
    message = complaint(lambda: read_table(path, labels=["secret"]))
    assert message == "secret must have shape (2,), got shape (3,)"


def test_an_archive_without_a_matrix_has_its_columns_in_arrays(npz):
    path, read = npz
    np.savez(path, addr=np.array([5, 2], np.uint64), y=[1, 0], who=np.array(["me", "you"]))
    table = read_table(path, unpack=["addr:0-2"], group="who")
    assert table.names == ("addr0", "addr1", "addr2", "y")
    assert table.labels == ()
    np.savez(path, a=[0, 1], y=[1, 0], other=[1, 2, 3], pickled=np.array([None]))
    assert read_table(path, ignore=["other", "pickled"]).names == ("a", "y")
    assert "holds Python objects" in complaint(read)
    np.savez(path, a=[0, 1], y=[1, 0], other=[1, 2, 3])
    assert "arrays must be columns of one length, got shape (3,) for 'other'" in complaint(read)


class Trap:
    """Unpickling this writes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_pickles_are_refused_and_nothing_is_executed(npz, tmp_path):
    path, read = npz
    sprung = tmp_path / "sprung"
    np.savez(path, X=np.array([[Trap(sprung)]], dtype=object), y=[1])
    assert "holds Python objects, which would need pickle" in complaint(read)
    path.write_bytes(pickle.dumps(Trap(sprung)))
    assert "is not an NPZ archive" in complaint(read)
    assert not sprung.exists()


def test_what_is_no_archive_is_said_to_be_none(npz):
    path, read = npz
    with path.open("wb") as file:
        np.save(file, np.eye(3))
    assert "is not an NPZ archive" in complaint(read)
    for content in (b"", b"garbage", b"PK\x03\x04 and no more"):
        path.write_bytes(content)
        assert "is not an NPZ archive" in complaint(read)


def test_a_damaged_archive_ends_in_a_sentence_wherever_the_damage_is(npz):
    """Sixteen bytes are spoilt at every place in turn; what is read all the same is unharmed."""
    path, read = npz
    samples = SparseParity(40, 2, seed=1).sample(60)
    np.savez_compressed(path, X=samples.bits, y=samples.labels)
    whole = path.read_bytes()
    refused = 0
    for at in range(0, len(whole), 16):
        path.write_bytes(
            whole[:at] + bytes(b ^ 0xA5 for b in whole[at : at + 16]) + whole[at + 16 :]
        )
        try:
            assert np.array_equal(read().rows, samples.rows)
        except InvalidInput:
            refused += 1
    assert refused > len(whole) // 32


def test_an_error_of_the_decompressor_is_told_as_damage(npz, monkeypatch):
    path, read = npz
    np.savez(path, X=[[0, 1]], y=[1])

    def fail(*_):
        raise zlib.error("Error -3 while decompressing data")

    monkeypatch.setattr(np.lib.npyio.NpzFile, "__getitem__", fail)
    assert "is a damaged NPZ archive: Error -3" in complaint(read)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([[0, 1], [2, 0]], [0, 1], "got 2 at row 2, column 'x0'"),
        ([[0, 1], [1, 0]], [0, 7], "got 7 at row 2, column 'y'"),
        ([0, 1], [0, 1], "X must have shape (m, n) with n >= 1, got shape (2,)"),
        ([[0, 1]], [0, 1], "y must have shape (1,), got shape (2,)"),
        ([["a", "b"]], [0], "got 'a' at row 1, column 'x0', 'b' at row 1, column 'x1'"),
        (np.empty((0, 3)), [], "has no rows"),
    ],
)
def test_what_is_wrong_with_the_arrays_is_named(npz, X, y, message):
    path, read = npz
    np.savez(path, X=X, y=y)
    assert message in complaint(read)


def test_members_that_are_no_arrays_are_refused(npz):
    path, read = npz
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X.npy", b"nonsense")
        archive.writestr("y.npy", b"")
    complaint(read)
