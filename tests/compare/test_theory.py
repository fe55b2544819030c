"""What is predicted of learners beside what they do, and the command that prints it."""

import json
import math
import statistics
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

import parity_compare as pc
from parity_compare.algorithms import Finding, Learner, Status, registry
from parity_compare.cli import main
from parity_compare.execution.trials import make_oracle
from parity_compare.problems import Access
from parity_compare.problems.parity import SparseParity
from parity_compare.terminal.theory_table import print_needs
from parity_compare.theory import Need, predict

BROKEN, UNFORESEEN = "test-theory-broken", "test-theory-unforeseen"


@dataclass(frozen=True)
class _Unforeseen(Learner):
    """Nobody knows what it takes."""

    name = UNFORESEEN
    access = Access.SAMPLE

    def search(self, task):
        return Finding(Status.GAVE_UP)


@dataclass(frozen=True)
class _Broken(_Unforeseen):
    """Its forecast fails."""

    name = BROKEN

    def forecast(self, n, *, k, noise, samples):
        raise ZeroDivisionError("of a stranger")


@pytest.fixture
def strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._registered, UNFORESEEN, _Unforeseen)
    monkeypatch.setitem(registry._registered, BROKEN, _Broken)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs a command in an empty folder; returns exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_info:
            main(list(arguments))
        captured = capsys.readouterr()
        return int(exit_info.value.code or 0), captured.out, captured.err

    return call


def row(name: str, n: int, k: int, noise: float = 0.0, samples: int | None = None) -> Need:
    return predict(n, k, noise, samples=samples, learners=[name]).rows[0]


NOISY = ("exhaustive", "random", "fourier-gap", "pooled-gauss", "bkw", "sq", "lasso")
PREDICTORS = ("forest", "kernel", "nearest")
CELLS = [
    *((name, 12, 2, 0.0) for name in (*NOISY, "gf2", "meet-in-the-middle")),
    *((name, 20, 3, 0.0) for name in registry.names() if name not in PREDICTORS),
    *((name, 20, 3, 0.1) for name in NOISY),
]


@pytest.mark.parametrize(("name", "n", "k", "noise"), CELLS)
def test_learners_spend_about_the_samples_and_queries_that_are_foretold(name, n, k, noise) -> None:
    learner, foretold = registry.parse(name), row(name, n, k, noise)
    assert foretold.succeeds
    learner.prepare(n)
    spent = []
    for seed in range(9):
        problem = SparseParity(n, k, noise, seed)
        outcome = learner.learn(make_oracle(learner, problem), k=k, noise=noise, rng=seed)
        assert outcome.support == problem.support
        spent.append(outcome.cost.queries if foretold.queries else outcome.cost.samples)
    expected = foretold.queries or foretold.samples
    assert expected is not None
    assert statistics.median(spent) / 2.5 <= expected <= 2.5 * statistics.median(spent)


def _share(name: str, n: int, k: int, noise: float, samples: int | None, trials: int) -> float:
    """The share of trials in which a learner finds S."""
    learner = registry.parse(name)
    solved = 0
    for seed in range(trials):
        problem = SparseParity(n, k, noise, seed)
        oracle = make_oracle(learner, problem, samples=samples)
        outcome = learner.learn(oracle, k=k, noise=noise, rng=seed)
        solved += outcome.status is Status.FOUND and outcome.support == problem.support
    return solved / trials


@pytest.mark.parametrize(
    ("name", "n", "noise", "samples"),
    [
        ("gf2", 10, 0.02, None),
        ("galois", 10, 0.02, None),
        ("meet-in-the-middle", 10, 0.02, None),
        ("exhaustive", 10, 0.1, 60),
        ("random", 10, 0.1, 60),
        ("galois", 10, 0.0, 11),
    ],
)
def test_the_chance_of_success_is_that_of_trials(name, n, noise, samples) -> None:
    trials, chance = 100, row(name, n, 3, noise, samples).chance
    assert 0.05 < chance < 0.95
    # 4.5 standard deviations: a false alarm has a probability below 1e-5.
    margin = 4.5 * math.sqrt(chance * (1 - chance) / trials)
    assert abs(_share(name, n, 3, noise, samples, trials) - chance) <= margin


def test_a_learner_that_cannot_succeed_says_why() -> None:
    noisy = {need.learner: need for need in predict(50, 3, 0.1).rows}
    for name in ("gf2", "galois", "meet-in-the-middle"):
        assert not noisy[name].succeeds
        assert "clean labels in a row" in noisy[name].obstacle
    assert noisy["exhaustive"].succeeds
    assert row("sq[tolerance=0.5]", 20, 3).obstacle == "Tolerance 0.5 hides the correlation at S."
    assert "at hand" in row("bkw", 1000, 10, 0.2).obstacle
    assert "operations" in row("pooled-gauss", 1000, 10, 0.2).obstacle
    assert "passes" in row("meet-in-the-middle", 1000, 10).obstacle
    assert "has to be told k" not in row("sgd[network=polynet]", 20, 3).obstacle
    assert "must divide" in row("sgd[network=disjoint-polynet]", 20, 3).obstacle


def test_fewer_examples_than_information_allows_help_nobody() -> None:
    prediction = predict(50, 3, 0.1, samples=15)
    for need in prediction.rows:
        assert need.access == "queries" or not need.succeeds
    assert prediction.thriftiest is None
    assert prediction.fastest is None


def test_guesses_do_not_win() -> None:
    far = predict(1000, 10, 0.2)
    assert [need.learner for need in far.rows if need.guess] == ["langevin", "sgd"]
    assert far.fastest is not None
    assert not far.fastest.guess
    assert row("sgd", 30, 3).guess == ""
    assert "noise" in row("sgd", 30, 3, 0.1).guess
    assert "generalise" in row("sgd", 30, 3, samples=500).guess


def test_the_winners_are_the_least_of_those_that_succeed() -> None:
    prediction = predict(40, 3, 0.1)
    able = [need for need in prediction.rows if need.succeeds and not need.guess]
    fastest, thriftiest = prediction.fastest, prediction.thriftiest
    assert fastest is not None
    assert thriftiest is not None
    assert fastest.seconds == min(need.seconds for need in able if need.ranked)
    assert thriftiest.samples == min(need.samples for need in able if need.samples is not None)
    # Queries of a simulated oracle are no rival, however fast they are answered.
    assert predict(40, 3, learners=["sq"]).fastest is None
    assert predict(20, 2, learners=["sq[answers=sample]"]).fastest is not None


def test_a_learner_without_formula_is_shown_and_a_broken_one_does_no_harm(strangers) -> None:
    prediction = predict(20, 3)
    unforeseen = next(need for need in prediction.rows if need.learner == UNFORESEEN)
    assert (unforeseen.seconds, unforeseen.samples, unforeseen.operations) == (None, None, None)
    assert unforeseen.obstacle == "It has no formula."
    assert BROKEN not in [need.learner for need in prediction.rows]
    assert prediction.faults == (
        f"learner {BROKEN!r} of registered at run time fails: ZeroDivisionError: of a stranger",
    )
    with pytest.raises(pc.InvalidInput, match="ZeroDivisionError: of a stranger"):
        predict(20, 3, learners=[BROKEN])


def test_finished_trials_correct_the_seconds(tmp_path: Path) -> None:
    pc.run("gf2", n=20, k=3, trials=3, out=tmp_path / "results", time_limit=None, device="cpu")
    measured = predict(20, 3, learners=["gf2"], out=tmp_path / "results").rows[0]
    corrected = predict(24, 3, learners=["gf2"], out=tmp_path / "results").rows[0]
    assert (measured.trials, corrected.basis) == (3, "learner")
    assert row("gf2", 20, 3).basis == "speed"


def test_the_library_offers_it_without_an_import_of_its_own() -> None:
    assert pc.theory.flow(0.25, 3) == pytest.approx(1 / (1 - 0.25))
    assert "theory" in dir(pc)
    assert [need.learner for need in pc.theory.needs(20, 3, learners=["gf2"])] == ["gf2"]


def test_json_is_all_there_is_on_stdout_and_nothing_is_written(cli, tmp_path: Path) -> None:
    code, out, err = cli("theory", "--n", "51", "--k", "4", "--noise", "0.1", "--json")
    facts = json.loads(out)
    assert (code, err) == (0, "")
    assert {need["learner"] for need in facts["learners"]} == set(registry.names())
    assert facts["fastest"] in registry.names()
    bounds = facts["bounds"]
    assert bounds["information"]["necessary"] <= bounds["information"]["sufficient"]
    assert bounds["tries"]["mean"] == math.comb(51, 4)
    assert bounds["theorem6"] is None  # 4 blocks do not divide 51 bits
    assert bounds["theorem4"]["batch"] > 51**4
    assert list(tmp_path.iterdir()) == []


def test_infinities_are_null(cli) -> None:
    _, out, _ = cli("theory", "--n", "100000", "--k", "500", "--algos", "exhaustive", "--json")
    assert json.loads(out)["bounds"]["tries"]["mean"] is None


def test_it_prints_needs_bounds_winners_and_what_they_rest_on(cli) -> None:
    code, out, _ = cli("theory", "--n", "50", "--k", "3", "--noise", "0.1")
    assert code == 0
    for text in (
        "n = 50, k = 3, noise = 0.1, fresh examples",
        "145 samples",
        "9800 queries",
        "46 samples (Fano: 26.4)",
        "It needs 82 clean labels in a row",
        "Should be fastest: ",
        "Should need fewest samples: exhaustive, lasso, random, with 145.",
        "at the speed of a common core",
    ):
        assert text in out


@pytest.mark.parametrize("width", [40, 60, 200])
def test_it_can_be_read_on_a_terminal_of_any_width(width: int, capsys) -> None:
    console = Console(width=width, record=True)
    print_needs(predict(52, 4, 0.1), console=console)
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= width
    words = " ".join(lines).split()
    for name in (*registry.names(), "necessary", "sufficient", "operations", "meet-in-the-middle"):
        assert any(name in word for word in words), name
    assert "…" not in " ".join(lines)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--n", "0"), "n must be at least 1, got 0"),
        (("--n", "2", "--k", "3"), "k must lie in 1..n = 1..2, got 3"),
        (("--k", "0"), "k must lie in 1..n = 1..30, got 0"),
        (("--noise", "0.5"), "noise must lie in [0, 0.5), got 0.5"),
        (("--noise", "nan"), "noise must lie in [0, 0.5), got nan"),
        (("--samples", "0"), "samples must be at least 1, got 0"),
        (("--failure", "1"), "failure must lie in (0, 1), got 1.0"),
        (("--algos", "gf3"), "unknown learner 'gf3'; did you mean gf2?"),
        (("--out", "nowhere"), "out must be a folder of results, got 'nowhere'"),
    ],
)
def test_wrong_input_is_told_in_one_line(cli, options: tuple[str, ...], message: str) -> None:
    code, out, err = cli("theory", *options)
    assert (code, out, err) == (2, "", f"parity-compare: error: {message}\n")


def test_the_smallest_instances_have_a_theory() -> None:
    for n, k in ((1, 1), (2, 1), (2, 2), (3, 2), (3, 3)):
        prediction = predict(n, k, 0.1)
        assert not prediction.faults
        assert prediction.fastest is not None
    # Half of all coordinates: inside and outside of S the coefficients are alike.
    assert predict(3, 2).bounds.proposition9 == math.inf


@pytest.mark.parametrize(
    ("n", "k", "noise"), [(10**9, 3, 0.5 - 2**-54), (10**9 - 1, (10**9 - 1) // 3, 0.1)]
)
def test_no_instance_is_too_large_for_an_answer(n: int, k: int, noise: float) -> None:
    """Sums over 10^9 terms, or lists of as many, would not end."""
    found = predict(n, k, noise)
    assert not found.faults
    information = found.bounds.information
    assert 0 < information.fano <= information.necessary <= information.sufficient
    assert found.bounds.proposition9 >= information.necessary


def test_more_bits_than_the_formulas_hold_are_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["theory", "--n", "1000000000000"])
    assert stopped.value.code == 2
    message = "n must be at most 1000000000 for the formulas of theory, got 1000000000000"
    assert message in " ".join(capsys.readouterr().err.split())
