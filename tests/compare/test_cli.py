"""Promises to the user, through the command line."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import EntryPoint, version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from parity_compare import arguments
from parity_compare.algorithms import registry
from parity_compare.cli import main
from parity_compare.execution.resources import Resources
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.parity import SparseParity
from parity_compare.settings import Settings

COMMAND = [sys.executable, "-c", "from parity_compare.cli import main; main()"]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs a command in an empty folder; returns exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    # Workers, which take a second to start, have tests of their own.
    monkeypatch.setattr(Settings, "resources", lambda self: Resources())

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_info:
            main(list(arguments))
        captured = capsys.readouterr()
        return int(exit_info.value.code or 0), captured.out, captured.err

    return call


def test_run_prints_a_table_and_writes_a_report(cli, tmp_path: Path) -> None:
    code, out, _ = cli("run", "--algos", "exhaustive,gf2,sq", "--n", "12,16", "--trials", "3")
    assert code == 0
    assert "n = 12, k = 3, noise = 0" in out
    assert "n = 16, k = 3, noise = 0" in out
    assert re.search(r"gf2 .*sample .*k .*3/3 \[0\.44, 1\.00\]", out)
    assert "Report: results/report.html" in out
    assert (tmp_path / "results" / "report.html").stat().st_size > 100_000


def test_json_is_all_there_is_on_stdout(cli) -> None:
    code, out, err = cli(
        *("run", "--algos", "gf2,sq[tolerance=0.2]", "--noise", "0,0.1"),
        *("--n", "12", "--trials", "2", "--json"),
    )
    assert code == 0
    table = json.loads(out)["summary"]
    assert [row["label"] for row in table] == ["gf2", "sq[tolerance=0.2]"] * 2
    assert table[2]["solved"] == 0
    assert table[2]["seconds"] is None  # infinite: it failed on noise
    assert re.search(r"^[\d:]{8} 8/8 trials, [46] solved, in \d+ s; worst: ", err, re.M)


def test_a_second_run_only_reports(cli, tmp_path: Path) -> None:
    command = ("run", "--algos", "gf2,sq", "--n", "12", "--trials", "2", "--json")
    _, first, _ = cli(*command)
    store = tmp_path / "results" / "results.sqlite"
    before = store.read_bytes()
    code, second, err = cli(*command)
    assert code == 0
    assert second == first
    assert "4 of 4 trials are already there." in err
    assert store.read_bytes() == before


def test_learners_of_one_command_share_the_secrets(cli) -> None:
    cli("run", "--algos", "exhaustive,gf2,sq", "--n", "20", "--trials", "4")
    _, out, _ = cli("export", "results", "--format", "json")
    rows = pd.DataFrame(json.loads(out))
    assert (rows.groupby("trial").secret.nunique() == 1).all()
    assert rows.secret.nunique() == 4
    assert (rows.support == rows.secret).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--algos gf3", "unknown learner 'gf3'; did you mean gf2"),
        ("--algos gf2,", "unknown learner ''"),
        ("--algos gf2[surplu=3]", "unknown parameter 'surplu' of gf2; did you mean surplus?"),
        ("--algos gf2[surplus=x]", "parameter surplus of gf2 must be an integer, got 'x'"),
        ("--algos gf2[surplus=-1]", "surplus must be at least 0, got -1"),
        ("--algos gf2[surplus=1", "lacks its closing bracket"),
        ("--algos gf2 --n 10 --k 11", "k must lie in 1..n = 1..10, got 11"),
        ("--algos gf2 --k 0", "k must lie in 1..n = 1..30, got 0"),
        ("--algos gf2 --n 0", "n must be at least 1, got 0"),
        ("--algos gf2 --n ten", "--n must be a whole number, got 'ten'"),
        ("--algos gf2 --n ,", "--n must be a comma list without empty entries, got ','"),
        ("--algos gf2 --noise 0.5", "noise must lie in [0, 0.5), got 0.5"),
        ("--algos gf2 --noise -0.1", "noise must lie in [0, 0.5), got -0.1"),
        ("--algos gf2 --time-limit soon", "--time-limit must be a duration"),
        ("--algos gf2 --time-limit 0s", "--time-limit must be positive"),
        ("--algos gf2 --sample-limit 0", "--sample-limit must be one whole number"),
        ("--algos gf2 --trials 0", "trials must be at least 1, got 0"),
        ("--algos gf2 --trials x", "--trials"),
        ("--algos gf2 --device tpu", "device must be one of auto, cpu, cuda, got 'tpu'"),
        ("--algos gf2 --tell all", "told must be among k and noise, got 'all'"),
        ("--algos gf2 --colour red", "--colour"),
        ("", "--algos"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    cli, tmp_path: Path, arguments: str, message: str
) -> None:
    code, out, err = cli("run", *arguments.split())
    assert code == 2
    assert out == ""
    assert err.startswith("parity-compare: error: ")
    assert err.count("\n") == 1
    assert message in err
    assert not list(tmp_path.iterdir())


def test_an_output_folder_that_holds_something_else(cli, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "thesis.tex").write_text("dear")
    code, _, err = cli("run", "--algos", "gf2")
    assert code == 2
    assert "holds something else" in err
    assert [p.name for p in (tmp_path / "results").iterdir()] == ["thesis.tex"]


def test_an_unknown_command_has_its_nearest_name(cli) -> None:
    code, _, err = cli("slove")
    assert code == 2
    assert "solve" in err


def test_solve_names_the_columns(cli, tmp_path: Path) -> None:
    samples = SparseParity(20, 3, noise=0.05, seed=1).sample(500)
    names = [f"bit {i}" for i in range(20)]
    table = pd.DataFrame(samples.bits, columns=names).assign(y=samples.labels)
    table.to_csv(tmp_path / "d.csv", index=False)
    code, out, _ = cli("solve", "d.csv", "--label", "y")
    expected = " XOR ".join(f"bit {i}" for i in SparseParity(20, 3, seed=1).support)
    assert code == 0
    assert f"y = {expected}\n" in out
    assert "unique      yes" in out
    code, out, _ = cli("solve", "d.csv", "--label", "y", "--json")
    (facts,) = json.loads(out)["labels"]
    assert facts["columns"] == expected.split(" XOR ")
    assert facts["unique"] is True
    assert facts["noise"][1] < 0.05 < facts["noise"][2]


def test_solve_reads_npz_and_says_when_there_is_no_parity(cli, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "d.npz", X=rng.integers(0, 2, (200, 6)), y=rng.integers(0, 2, 200))
    code, out, _ = cli("solve", "d.npz")
    assert code == 1
    assert out.startswith("No parity found")
    assert json.loads(cli("solve", "d.npz", "--json")[1])["labels"][0]["columns"] is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist"),
        ("", "is empty"),
        ("a,b,y\n", "has no rows"),
        ("a,b,y\n0,1,1\n0,2,1\n", "got 2 at row 2, column 'b'"),
        ("a,b,y\n0,1,1\n0,,1\n", "row 2, column 'b'"),
        ("a,b,y\n0,1,1\n0,1\n", "row 2, column 'y'"),
        ("a,b,y\n0,1,1\n0,1,1,1\n", "ragged"),
        ("a,b,z\n0,1,1\n", "no label column 'y'"),
    ],
)
def test_bad_data_is_one_line(cli, tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "d.csv").write_text(content)
    code, out, err = cli("solve", "d.csv", "--label", "y")
    assert (code, out) == (2, "")
    assert err.startswith("parity-compare: error: ")
    assert err.count("\n") == 1
    assert message in err


def test_list_tells_what_each_learner_is(cli) -> None:
    code, out, _ = cli("list")
    assert code == 0
    for name in ("sgd", "langevin", "exhaustive", "gf2", "sq"):
        assert f"\n{name}\n" in f"\n{out}"
    assert "surplus=32" in out
    described = {entry["name"]: entry for entry in json.loads(cli("list", "--json")[1])}
    assert described["sq"]["access"] == "queries"
    assert described["sgd"]["parameters"]["width"] == 100
    assert described["gf2"]["origin"] == "parity-compare"
    assert all(entry["complexity"] and entry["source"] for entry in described.values())


def test_a_plug_in_that_cannot_be_loaded_hides_no_other(
    cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = EntryPoint("broken", "no_such_module:Broken", registry.GROUP)
    usurper = EntryPoint("gf2", "no_such_module:Usurper", registry.GROUP)
    installed = registry._entry_points()
    monkeypatch.setattr(
        registry, "entry_points", lambda group: [*installed.values(), broken, usurper]
    )
    monkeypatch.setattr(registry, "_entry_points", registry._entry_points.__wrapped__)
    code, out, err = cli("list", "--json")
    assert code == 0
    assert "learner 'broken' of unknown distribution cannot be loaded: ModuleNotFoundError" in err
    assert {entry["name"] for entry in json.loads(out)} == set(installed)
    code, _, err = cli("run", "--algos", "broken")
    assert (code, err.count("\n")) == (2, 1)


def test_export_formats(cli, tmp_path: Path) -> None:
    cli("run", "--algos", "gf2,sq", "--n", "12", "--trials", "2")
    _, csv, _ = cli("export", "results")
    assert len(csv.splitlines()) == 5
    code, _, err = cli("export", "results", "--format", "parquet")
    assert (code, "needs --out" in err) == (2, True)
    pytest.importorskip("pyarrow")
    cli("export", "results", "--format", "parquet", "--out", "t.parquet")
    rows = json.loads(cli("export", "results", "--format", "json")[1])
    assert pd.read_parquet(tmp_path / "t.parquet").key.tolist() == [row["key"] for row in rows]
    assert cli("export", "results", "--format", "xls")[0] == 2
    assert cli("export", "nowhere")[0] == 2


def test_report_of_a_folder(cli, tmp_path: Path) -> None:
    cli("run", "--algos", "gf2", "--n", "12", "--trials", "2")
    code, out, _ = cli("report", "results", "--out", "other.html")
    assert (code, out.strip()) == (0, "other.html")
    assert (tmp_path / "other.html").exists()


def test_help_needs_no_heavy_import() -> None:
    code = (
        "import sys\nfrom parity_compare.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'pandas', 'numba', 'altair', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_narrow_terminal_loses_nothing(tmp_path: Path) -> None:
    command = [*COMMAND, "run", "--algos", "gf2,sq[tolerance=0.2]", "--n", "12", "--trials", "2"]
    environment = os.environ | {"COLUMNS": "50"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 50
    words = " ".join(done.stdout.split())
    assert "sq[tolerance=0.2] access queries told k, noise solved 2/2 [0.34, 1.00]" in words
    assert "ended 2 found" in words


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("60s", 60), ("2m", 120), ("1h30m", 5400), ("500ms", 0.5), ("90", 90), ("1.5", 1.5)],
)
def test_durations(text: str, seconds: float) -> None:
    assert arguments.duration("--time-limit", text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "1y", "-3s", "1s2", "60 seconds", "nan", "inf", "1e3s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(InvalidInput, match="--time-limit must be a duration"):
        arguments.duration("--time-limit", text)


def test_the_version_is_that_of_the_installed_package(cli) -> None:
    code, out, err = cli("--version")
    assert (code, err) == (0, "")
    assert out == f"parity-compare {version('parity-compare')}\n"


@pytest.mark.parametrize("command", ["list", "--help", "solve d.csv --label y"])
def test_a_closed_pipe_is_told_from_an_answer(tmp_path: Path, command: str) -> None:
    """Exit code 1 would say that there is no parity; tools that SIGPIPE ends have 141."""
    (tmp_path / "d.csv").write_text("a,b,y\n" + "0,0,0\n0,1,1\n1,0,1\n1,1,0\n" * 9)
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, *command.split()], cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_one_command_does_not_load_the_others(tmp_path: Path) -> None:
    """Nor does ``solve`` load learners that it does not ask, pandas, SciPy or numba."""
    (tmp_path / "d.csv").write_text("a,b,y\n" + "0,0,0\n0,1,1\n1,0,1\n1,1,0\n" * 9)
    code = (
        "import sys\nfrom parity_compare.cli import main\n"
        "try:\n    main(['solve', 'd.csv', '--label', 'y'])\n"
        "finally:\n    print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    loaded = set(done.stderr.split())
    assert (done.returncode, "parity_compare.commands.solve" in loaded) == (0, True)
    assert not loaded & {"pandas", "scipy", "numba", "torch", "sklearn", "rich.console"}
    assert not loaded & {"parity_compare.commands.run", "parity_compare.algorithms.registry"}


def test_output_may_be_closed() -> None:
    closed = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *COMMAND, "list"], capture_output=True)
    assert (closed.returncode, closed.stderr) == (0, b"")


def test_no_command_at_all_shows_the_help(cli) -> None:
    assert cli() == cli("--help")
