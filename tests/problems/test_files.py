"""Files that users bring, of any kind: what can be read is told by the ending."""

import gzip

from complaints import complaint

from parity_compare.problems import read_samples, read_table

# --- other text formats ---------------------------------------------------------------------------


def test_tabs_and_gzip_are_told_by_the_ending(tmp_path):
    text = "a\tb\ty\n0\t1\t1\n1\t0\t0\n"
    (tmp_path / "d.tsv").write_text(text)
    (tmp_path / "d.tsv.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "d.CSV.GZ").write_bytes(gzip.compress(text.replace("\t", ",").encode()))
    for name in ("d.tsv", "d.tsv.gz", "d.CSV.GZ"):
        samples = read_samples(tmp_path / name, "y")
        assert samples.bits.tolist() == [[0, 1], [1, 0]]


def test_a_damaged_gzip_file_is_said_to_be_damaged(tmp_path):
    path = tmp_path / "d.csv.gz"
    whole = gzip.compress(b"a,b\n" + b"0,1\n1,1\n" * 5000)
    for content in (b"a,b\n0,1\n", whole[:-9], whole[:30], whole[:60] + b"\xff" * 9 + whole[69:]):
        path.write_bytes(content)
        assert "is a damaged gzip file" in complaint(read_table, path)


# --- any file -------------------------------------------------------------------------------------


def test_files_that_are_not_there_or_of_another_kind(tmp_path):
    assert "does not exist or is no file" in complaint(read_samples, tmp_path / "none.csv", "y")
    (tmp_path / "folder.csv").mkdir()
    assert "does not exist or is no file" in complaint(read_samples, tmp_path / "folder.csv", "y")
    (tmp_path / "data.txt").write_text("a,y\n0,1\n")
    assert "or .npy, got '.txt'" in complaint(read_samples, tmp_path / "data.txt", "y")
    (tmp_path / "data").write_text("a,y\n0,1\n")
    assert "or .npy, got ''" in complaint(read_samples, str(tmp_path / "data"), "y")
