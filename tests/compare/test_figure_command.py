"""Reports of several folders and figures for papers, on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from stored import ENVIRONMENT, failed, record

from parity_compare.algorithms.outcome import Status
from parity_compare.cli import main
from parity_compare.storage.store import Store


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two stores, one trial of which both have, with different ends."""
    root = tmp_path_factory.mktemp("stores")
    contents = {
        "a": [record(i) for i in range(6)],
        "b": [failed(5, Status.TIMEOUT), *(record(i, "sgd") for i in range(6))],
    }
    for name, records in contents.items():
        with Store(root / name) as store:
            store.begin_session(ENVIRONMENT)
            for one in records:
                store.add(one)
            store.end_session("done")
    return root / "a", root / "b"


def ran(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """The exit code, what was printed, and what was complained of."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_a_figure_is_written_in_every_format(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begins = {"pdf": b"%PDF", "svg": b"<svg", "png": b"\x89PNG", "csv": b"table,"}
    for kind, magic in begins.items():
        target = tmp_path / f"cost.{kind}"
        code, out, err = ran(
            capsys, "figure", folders[0], "cost", "-o", target, "--currency", "samples",
            "--width", 500, "--theme", "dark", "--scale", 1,
        )  # fmt: skip
        assert (code, out, err) == (0, f"{target}\n", "")
        assert target.read_bytes().startswith(magic)


def test_figures_are_listed_with_what_can_be_chosen(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = ran(capsys, "figure", folders[0])
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert any(line.startswith("cost ") for line in lines)
    assert any("--currency seconds|samples" in line for line in lines)
    code, out, _ = ran(capsys, "figure", *folders, "cost", "--list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines() if line[0] != " "] == ["cost"]


def test_several_folders_are_one_and_their_conflicts_are_told(
    folders: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = {path: path.read_bytes() for folder in folders for path in folder.iterdir()}
    code, out, err = ran(capsys, "report", *folders)
    assert (code, out) == (0, "report.html\n")
    assert err.startswith("conflict: ")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "several folders (a; b)" in page
    code, out, err = ran(capsys, "figure", *folders, "success", "-o", "s.csv")
    assert code == 0
    table = Path("s.csv").read_text(encoding="utf-8")
    assert "gf2" in table
    assert "sgd" in table
    after = {path: path.read_bytes() for folder in folders for path in folder.iterdir()}
    assert after == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["figure", "DIR", "cots", "-o", "x.pdf"], "unknown figure 'cots'; did you mean cost?"),
        (["figure", "DIR", "-o", "x.pdf"], "say which folder and which figure"),
        (["figure", "DIR", "cost", "-o", "x.gif"], "--out must end in .pdf, .svg, .png, .csv"),
        (["figure", "DIR", "cost", "-o", "x.pdf", "--theme", "pink"], "--theme must be light or"),
        (["figure", "DIR", "cost", "-o", "x.pdf", "--choose", "axis"], "--choose must be NAME=V"),
        (["figure", "DIR", "cost", "-o", "x.pdf", "--currency", "gold"], "unknown value of curren"),
        (["figure", "DIR", "cost", "-o", "x.pdf", "--width", "3"], "width must lie in [300, 4000]"),
        (["figure", "none", "cost", "-o", "x.pdf"], "no results in none"),
        (["report", "DIR", "none"], "no results in none"),
        (["report", "DIR", "DIR"], "is named twice"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    arguments: list[str],
    message: str,
    folders: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    words = [str(folders[0]) if word == "DIR" else word for word in arguments]
    code, out, err = ran(capsys, *words)
    assert (code, out) == (2, "")
    assert err.startswith("parity-compare: error: ")
    assert message in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
