"""Files that users bring: what is right is read, what is wrong is named."""

import pickle
import zipfile
import zlib

import numpy as np
import pytest

from parity_compare.problems import InvalidInput, SparseParity, read_samples


@pytest.fixture
def csv(tmp_path):
    """Writes text, or bytes, and reads it as a CSV file with the label ``y``."""

    def read(content, label="y"):
        path = tmp_path / "data.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_samples(path, label)

    return read


def complaint(read, *arguments):
    """The one line that a user reads, without the path."""
    with pytest.raises(InvalidInput) as error:
        read(*arguments)
    assert "\n" not in str(error.value)
    return str(error.value)


# --- CSV ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "a,b,y\n0,1,1\n1,0,0\n1,1,0\n",
        "a,b,y\r\n0,1,1\r\n1,0,0\r\n1,1,0\r\n",
        "a,b,y\n1,-1,-1\n-1,1,1\n-1,-1,1\n",
        "a,b,y\n+1,-1,-1\n-1,+1,+1\n-1,-1,+1\n",
        "a,b,y\n0,1,-1\n1,0,1\n1,1,1\n",
        "a,b,y\nfalse,TRUE,1\nTrue,false,0\ntrue,tRuE,0\n",
        "a,b,y\n0.0,1.0,1\n1.0,0.0,0.0\n1.0,1.0,0\n",
        'a , "b", y\n0, 1 ,1\n"1",0,0\n1 ,1, 0\n',
        "\na,b,y\n0,1,1\n\n1,0,0\n1,1,0",
        b"\xef\xbb\xbfa,b,y\n0,1,1\n1,0,0\n1,1,0\n",
    ],
    ids=["bits", "crlf", "signs", "plus", "mixed", "words", "floats", "spaces", "blank", "bom"],
)
def test_every_way_of_writing_the_same_table_reads_alike(csv, text):
    samples = csv(text)
    assert samples.names == ("a", "b")
    assert samples.bits.tolist() == [[0, 1], [1, 0], [1, 1]]
    assert samples.labels.tolist() == [1, 0, 0]


def test_a_byte_order_mark_is_no_part_of_the_first_name(csv):
    assert csv(b"\xef\xbb\xbfy,a\n0,1\n1,0\n").names == ("a",)


def test_the_label_may_be_any_column(csv):
    samples = csv("a,b,y\n0,1,1\n1,0,0\n", "a")
    assert samples.names == ("b", "y")
    assert samples.labels.tolist() == [0, 1]


def test_columns_named_by_numbers_are_columns(csv):
    """What pandas writes of an array: the header 0,1,...,y."""
    assert csv("0,1,y\n0,1,1\n1,0,0\n").names == ("0", "1")


def test_a_parity_survives_the_way_through_a_file(tmp_path):
    samples = SparseParity(130, 3, seed=1).sample(50)
    table = np.column_stack([samples.bits, samples.labels])
    header = ",".join([*samples.names, "label"])
    np.savetxt(tmp_path / "d.CSV", table, fmt="%d", delimiter=",", header=header, comments="")
    read = read_samples(tmp_path / "d.CSV", "label")
    assert np.array_equal(read.rows, samples.rows)
    assert np.array_equal(read.labels, samples.labels)
    assert read.names == samples.names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,b,y\n", "has no rows"),
        ("a,b,y\n0,1,1\n1,0,0,1\n", "is ragged: line 3 has 4 values for 3 columns"),
        ("a,b,y\n0,1,1,1\n1,0,0\n", "is ragged: line 2 has 4 values for 3 columns"),
        ("a,b,y\n0,1,1,1\n1,0,0,0\n", "is ragged: line 2 has 4 values for 3 columns"),
        ("a,b,y\n0,1,1\n1,0\n", "got an empty cell at row 2, column 'y'"),
        ("a,b,y\n0,1,1\n,0,1\n", "got an empty cell at row 2, column 'a'"),
        ("a,b,y\n0,1,1\n1,2,0\n", "got 2 at row 2, column 'b'"),
        ("a,b,y\n0,1,1\n1,0.5,0\n", "got 0.5 at row 2, column 'b'"),
        ("a,b,y\n0,1,1\n1,0,foo\n", "got 'foo' at row 2, column 'y'"),
        ("a,b,y\n-1.0,1,1\nNA,0,0\n", "got 'NA' at row 2, column 'a'"),
        ("a,b,y\n0,1,1\n-1,1,0\n", "got 0 at row 1, column 'a', -1 at row 2, column 'a'"),
        ("a,b,z\n0,1,1\n", "no label column 'y'; data file "),
        ("a;b;y\n0;1;1\n", "has the columns 'a;b;y'"),
        ("y\n0\n1\n", "has no column besides the label 'y'"),
        ("a,a,y\n0,1,1\n", "has two columns named 'a'"),
        ("a,y,y\n0,1,1\n", "has two columns named 'y'"),
        ('a,b,y\n0,"1,1\n', "is damaged at line 2: a cell in quotes does not end"),
        (b"\xe9,b,y\n0,1,1\n", "is not text"),
        ("a,b,y\n0,1,1\n".encode("utf-16"), "is not text"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_csv_file_is_named(csv, text, message):
    assert message in complaint(csv, text)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("0,1,1\n1,0,1\n", "y"),
        ("0,1,1\n1,0,1\n", None),
        ("0,1,1\n1,0,1\n", "1"),
        ("-1,1,-1\n1,1,1\n", "-1"),
        ("true,false\n1,1\n", "y"),
    ],
)
def test_a_missing_header_is_said_to_be_missing(csv, text, label):
    """Its first row must not be taken for names: the label '1' would even be found."""
    assert "has no header: its first line holds bits" in complaint(csv, text, label)


def test_a_doubled_label_is_no_feature(csv):
    """Renamed and kept, it would be a column that explains the label perfectly."""
    assert "two columns named 'y'" in complaint(csv, "a,y,y\n0,1,1\n1,0,0\n")


def test_without_a_label_the_columns_are_listed(csv):
    message = complaint(csv, "a,b,y\n0,1,1\n", None)
    assert message.startswith("no label column was given; data file ")
    assert message.endswith(" has the columns 'a', 'b', 'y'")
    many = ",".join(f"c{i}" for i in range(40))
    assert complaint(csv, many + "\n", "y").endswith("'c10', 'c11' and 28 more")


def test_a_bad_value_far_down_is_found_among_many(csv):
    """Long files are parsed in pieces that must not differ in type."""
    rows = ["0,1"] * 300_000
    rows[299_998] = "0,x"
    assert "got 'x' at row 299999, column 'y'" in complaint(csv, "a,y\n" + "\n".join(rows))


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


# --- any file -------------------------------------------------------------------------------------


def test_files_that_are_not_there_or_of_another_kind(tmp_path):
    assert "does not exist or is no file" in complaint(read_samples, tmp_path / "none.csv", "y")
    (tmp_path / "folder.csv").mkdir()
    assert "does not exist or is no file" in complaint(read_samples, tmp_path / "folder.csv", "y")
    (tmp_path / "data.txt").write_text("a,y\n0,1\n")
    assert "or .npy, got '.txt'" in complaint(read_samples, tmp_path / "data.txt", "y")
    (tmp_path / "data").write_text("a,y\n0,1\n")
    assert "or .npy, got ''" in complaint(read_samples, str(tmp_path / "data"), "y")
