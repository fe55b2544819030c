"""The command ``reproduce`` and what it rests on, with a study that costs nothing."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from parity_compare.cli import main
from parity_compare.commands import exits
from parity_compare.execution.resources import Resources
from parity_compare.experiment import Experiment
from parity_compare.problems.errors import InvalidInput
from parity_compare.reproduction import catalogue, conduct
from parity_compare.reproduction.claims import (
    Claim,
    Examination,
    Table,
    above,
    all_of,
    below,
    number,
    with_interval,
    within,
)
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.reproduction.study import SCALES, Study, Terms
from parity_compare.results import Results
from parity_compare.statistics import Interval
from parity_compare.storage.store import load

Cli = Callable[..., tuple[int, str, str]]


class Toy(Study):
    """Whether elimination finds every secret."""

    name = "toy"
    title = "Elimination finds what is hidden"
    about = "Without noise, elimination finds every secret."

    def experiments(self, terms: Terms) -> Mapping[str, Experiment]:
        trials = terms.pick(2, 3, 4)
        return {
            "small": terms.grid("gf2", n=8, k=2, trials=trials, steps=None),
            "both": terms.grid("gf2", n=(8, 9), k=2, trials=trials, steps=None),
        }

    def examine(self, trials: Mapping[str, Results], terms: Terms) -> Examination:
        solved = sum(record.solved for record in trials["both"].records)
        found = Claim(
            "all-found", "Elimination finds all.", "section 4", "100 %",
            f"{solved} of {len(trials['both'])}", "yes" if solved == len(trials["both"]) else "no",
            "The rule: all.",
        )  # fmt: skip
        ours = Claim("heat", "Heat harms.", "-", "", "nothing", "undecided", "Not run.", "ours")
        points = [Point("gf2", n, 1.0, 0.5, math.inf) for n in (8, 9)]
        plot = Plot("steps", "Steps", Axis("n"), Axis("steps", log=True), points)
        table = Table("Counts", ("n", "of"), [("8", str(len(trials["small"])))])
        return Examination([found, ours], [plot], [table], ["A note."])


@pytest.fixture
def cli(cli_with_workers: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The same without workers, which take seconds to start and have tests of their own."""
    left = conduct._what_is_left

    def here(resources: Resources, spent: float) -> Resources:
        return Resources() if resources.total_seconds is None else left(resources, spent)

    monkeypatch.setattr(conduct, "_what_is_left", here)
    return cli_with_workers


@pytest.fixture
def cli_with_workers(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Cli:
    """Runs a command where ``toy`` and ``toy2`` are the only studies."""
    module = ModuleType("parity_compare.reproduction.studies.toy")
    module.Toy = Toy  # type: ignore[attr-defined]
    module.Toy2 = type("Toy2", (Toy,), {"name": "toy2"})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(catalogue, "_HOMES", {"toy": "toy:Toy", "toy2": "toy:Toy2"})
    monkeypatch.setattr(catalogue, "NAMES", ("toy", "toy2"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_info:
            main(["reproduce", *arguments])
        captured = capsys.readouterr()
        return int(exit_info.value.code or 0), captured.out, captured.err

    return call


def test_claims_are_printed_written_and_drawn(cli_with_workers: Cli, tmp_path: Path) -> None:
    code, out, _ = cli_with_workers("toy", "--jobs", "1")
    assert code == 0
    assert "reproduced  all-found" in out
    assert "published 100 %; measured 4 of 4." in out
    assert "not decided at this scale  heat" in out
    assert "The paper's claims: 1 reproduced." in out
    folder = tmp_path / "reproduction-smoke"
    page = (folder / "claims.md").read_text()
    assert "**Reproduced** (`all-found`, section 4): Elimination finds all." in page
    assert "](toy/images/steps.svg)" in page
    assert (folder / "toy" / "images" / "steps.svg").read_text().startswith("<svg")
    data = json.loads((folder / "toy" / "claims.json").read_text())
    assert data["claims"][0]["verdict"] == "reproduced"
    assert data["terms"] == {"scale": "smoke", "seed": 0, "device": "cpu"}
    assert data["trials"] == 4  # a trial of two experiments counts once
    assert data["plots"][0]["points"][0]["high"] is None  # JSON knows no infinity
    assert data["tables"][0]["rows"] == [["8", "2"]]
    assert len(load(folder / "toy")) == 4


def test_a_second_run_does_only_what_is_missing(cli: Cli, tmp_path: Path) -> None:
    cli("toy", "--jobs", "1", "--out", "here")
    code, out, err = cli("toy", "--jobs", "1", "--out", "here", "--scale", "laptop")
    assert code == 0
    assert "4 of 6 trials are already there." in err
    assert "measured 6 of 6." in out
    code, out, _ = cli("toy", "--out", "here", "--scale", "full", "--dry-run")
    assert (code, out) == (0, "toy: 2 of 8 trials to run\n")


def test_all_studies_are_run_in_their_order_and_json_is_all_on_stdout(cli: Cli) -> None:
    code, out, _ = cli("--jobs", "1", "--json")
    assert code == 0
    assert [study["study"] for study in json.loads(out)] == ["toy", "toy2"]


def test_the_page_tells_of_all_studies_that_have_been_judged_there(cli: Cli) -> None:
    cli("toy2", "--jobs", "1", "--out", "here")
    cli("toy", "--jobs", "1", "--out", "here")
    page = Path("here/claims.md").read_text()
    headings = [line for line in page.splitlines() if line.startswith("## ")]
    assert headings == [f"## {name}: {Toy.title}" for name in ("toy", "toy2")]
    assert "| the paper's | 2 | 2 reproduced |" in page
    assert "| ours, beside them | 2 | 2 not decided at this scale |" in page


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-40],
        lambda text: text.replace('"trials":4', '"trials":"4"'),
        lambda text: text.replace('"answer":"yes"', '"answer":"no"'),
        lambda text: text.replace('"answer":"yes"', '"answer":"certainly"'),
        lambda text: "[" * 100_000,
        lambda text: "{}",
    ],
)
def test_a_damaged_account_is_named_and_what_was_found_is_kept(
    cli: Cli, damage: Callable[[str], str]
) -> None:
    cli("toy2", "--jobs", "1", "--out", "here")
    path = Path("here/toy2/claims.json")
    whole = path.read_text()
    path.write_text(damage(whole))
    assert path.read_text() != whole
    code, _, err = cli("toy", "--jobs", "1", "--out", "here")
    assert code == exits.BAD_INPUT
    assert "here/toy2/claims.json must be what reproduce has written" in err
    assert Path("here/toy/claims.json").is_file()


def test_total_time_holds_for_all_studies_together(cli: Cli) -> None:
    code, out, err = cli("--jobs", "1", "--total-time", "1ms")
    assert code == exits.OUT_OF_TIME
    assert "the same command goes on from there" in err
    assert "Claims:" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("figure9",), "study must be all or one of toy, toy2, got 'figure9'"),
        (("toy", "--scale", "huge"), "scale must be one of smoke, laptop, full, got 'huge'"),
        (("toy", "--jobs", "0"), "jobs must be at least 1, got 0"),
        (("toy", "--out", __file__), f"output folder {__file__} is a file"),
        (("toy", "--device", "tpu"), "device must be one of auto, cpu, cuda, got 'tpu'"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_run(
    cli: Cli, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    code, _, err = cli(*arguments)
    assert code == exits.BAD_INPUT
    assert err == f"parity-compare: error: {message}\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", catalogue.NAMES)
def test_every_study_names_itself_and_can_be_set_up(name: str, scale: str) -> None:
    study = catalogue.study(name)
    assert study.name == name
    assert study.title
    assert study.about
    experiments = study.experiments(Terms(scale))  # type: ignore[arg-type]
    for experiment in experiments.values():
        spec = next(iter(experiment.specs()))
        assert spec.seconds is None  # the same on every machine
        assert spec.device == "cpu"


def test_verdicts_follow_from_intervals() -> None:
    assert within(Interval(1.0, 0.9, 1.1), 0.8, 1.2) == "yes"
    assert within(Interval(1.0, 0.7, 1.1), 0.8, 1.2) == "undecided"
    assert within(Interval(2.0, 1.9, math.inf), 0.8, 1.2) == "no"
    assert above(Interval(2.0, 1.1, 3.0), 1.0) == "yes"
    assert above(Interval(0.5, 0.1, 1.0), 1.0) == "no"
    assert below(Interval(0.5, 0.1, 0.9), 1.0) == "yes"
    assert below(Interval(math.nan, math.nan, math.nan), 1.0) == "undecided"
    assert all_of("yes", "undecided") == "undecided"
    assert all_of("yes", "undecided", "no") == "no"
    assert all_of() == "undecided"


def test_numbers_are_printed_to_their_digits() -> None:
    assert [number(x) for x in (220.0, 0.12345, 1.5e-7, math.inf)] == [
        "220", "0.123", "1.5e-07", "inf",
    ]  # fmt: skip
    assert [number(x, 2) for x in (270.3, -270.3, 99.96, 12345.6, 0.996, 1e6)] == [
        "270", "-270", "100", "12000", "1", "1e+06",
    ]  # fmt: skip
    assert with_interval(Interval(206.0, 197.0, math.inf)) == "206 [197, inf]"
    few = Interval(206.0, math.nan, math.nan)
    assert with_interval(few) == "206 (too few for an interval)"


def test_terms_know_three_scales() -> None:
    assert [Terms(scale).pick(1, 2, 3) for scale in SCALES] == [1, 2, 3]
    with pytest.raises(InvalidInput, match="scale must be one of smoke, laptop, full, got 'x'"):
        Terms("x")  # type: ignore[arg-type]
