"""The arithmetic of progress against closed forms, on a clock that is set by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parity_compare.experiment import Experiment
from parity_compare.progress import Tally, cell, census, contestant
from parity_compare.terminal import wording


class Hand:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def feed(tally: Tally, clock: Hand, count: int, every: float, name: str = "gf2") -> None:
    """Trials that end at equal distances, the first after one distance."""
    for _ in range(count):
        clock.now += every
        tally.add(name, "n=30 k=3", "found", True, 0.01)


def test_nothing_is_known_before_the_first_trial_has_ended() -> None:
    clock = Hand()
    tally = Tally({"gf2": 10}, clock=clock)
    clock.now += 100
    progress = tally.overall()
    assert (progress.done, progress.total, progress.ran) == (0, 10, 0)
    assert progress.rate is None
    assert progress.left is None
    assert tally.worst() is None
    assert tally.elapsed() == 100


@pytest.mark.parametrize("every", [0.01, 0.1, 1.0, 10.0, 1000.0])
@pytest.mark.parametrize("count", [1, 7, 20, 21, 500])
def test_at_an_even_pace_the_rate_is_exact(every: float, count: int) -> None:
    """Whatever the pace: fewer than twenty trials, a minute's worth, or twenty over hours."""
    clock = Hand()
    tally = Tally({"gf2": 1000}, clock=clock)
    feed(tally, clock, count, every)
    progress = tally.progress("gf2")
    assert progress.rate is not None
    # Trials are timed to 0.05 s, which at most moves one slot's trials over the window's edge.
    assert progress.rate == pytest.approx(1 / every, rel=0.05 / 60 + 1e-9)
    assert progress.left == pytest.approx((1000 - count) / progress.rate)


def test_the_rate_is_that_of_the_last_minute_not_of_the_whole_run() -> None:
    clock = Hand()
    tally = Tally({"gf2": 10_000}, clock=clock)
    feed(tally, clock, 300, 1.0)
    feed(tally, clock, 600, 0.1)
    assert tally.overall().rate == pytest.approx(10.0, rel=0.01)


def test_slow_trials_are_rated_over_the_last_twenty() -> None:
    clock = Hand()
    tally = Tally({"gf2": 1000}, clock=clock)
    feed(tally, clock, 500, 0.1)
    feed(tally, clock, 20, 30.0)
    assert tally.overall().rate == pytest.approx(20 / 600)


def test_while_no_trial_ends_the_rate_falls_and_the_time_left_grows() -> None:
    clock = Hand()
    tally = Tally({"gf2": 100}, clock=clock)
    feed(tally, clock, 50, 1.0)
    rates, lefts = [], []
    for _ in range(5):
        clock.now += 100
        progress = tally.overall()
        assert progress.rate is not None
        assert progress.left is not None
        rates.append(progress.rate)
        lefts.append(progress.left)
    assert rates == sorted(rates, reverse=True)
    assert lefts == sorted(lefts)
    # Twenty trials are looked back at; the one before them ended 20 s before the last.
    assert rates[-1] == pytest.approx(20 / 520)


def test_after_a_pause_the_rate_is_that_of_what_followed() -> None:
    clock = Hand()
    tally = Tally({"gf2": 1000}, clock=clock)
    feed(tally, clock, 100, 1.0)
    clock.now += 7200
    feed(tally, clock, 60, 1.0)
    assert tally.overall().rate == pytest.approx(1.0)


def test_a_burst_at_one_moment_has_no_infinite_rate() -> None:
    clock = Hand()
    tally = Tally({"gf2": 200}, clock=clock)
    feed(tally, clock, 100, 0.0)
    assert tally.overall().rate is None
    clock.now += 50
    assert tally.overall().rate == pytest.approx(2.0)
    assert tally.overall().left == pytest.approx(50.0)


def test_memory_does_not_grow_with_the_run() -> None:
    clock = Hand()
    tally = Tally({"gf2": 10**6}, clock=clock)
    feed(tally, clock, 100_000, 0.001)
    pace = tally._counts["gf2"].pace
    assert len(pace._slots) <= 60 / 0.05 + 2
    assert tally.overall().rate == pytest.approx(1000, rel=0.01)


def test_contestants_are_counted_apart_and_add_up() -> None:
    clock = Hand()
    tally = Tally({"gf2": 10, "sgd": 20}, {"gf2": 4}, clock=clock)
    feed(tally, clock, 5, 1.0)
    clock.now += 1.0
    tally.add("sgd", "n=30 k=3", "timeout", False, 60.0)
    gf2, sgd, overall = tally.progress("gf2"), tally.progress("sgd"), tally.overall()
    assert tally.contestants == ["gf2", "sgd"]
    assert (gf2.done, gf2.total, gf2.ran, gf2.solved) == (9, 10, 5, 5)
    assert (sgd.done, sgd.total, sgd.ran, sgd.solved) == (1, 20, 1, 0)
    assert (overall.done, overall.total, overall.ran, overall.solved) == (10, 30, 6, 5)
    assert overall.statuses == {"found": 5, "timeout": 1}
    assert overall.rate == pytest.approx(1.0)
    assert overall.left == pytest.approx(20.0)
    assert gf2.left == pytest.approx(1 / (5 / 6))


def test_what_is_finished_has_no_time_left_whether_or_not_it_ran_now() -> None:
    tally = Tally({"gf2": 4, "sgd": 2}, {"gf2": 4}, clock=Hand())
    assert tally.progress("gf2").left == 0
    assert tally.progress("sgd").left is None


def test_the_worst_cell_has_the_lowest_share_solved() -> None:
    tally = Tally({"gf2": 10, "sgd": 10}, clock=Hand())
    for solved in (True, True, False):
        tally.add("gf2", "n=30 k=3", "found", solved, 1.0)
    tally.add("sgd", "n=20 k=3", "found", True, 1e6)
    assert str(tally.worst()) == "gf2 n=30 k=3: 2/3"
    for _ in range(3):
        tally.add("sgd", "n=40 k=4", "timeout", False, 60.0)
    assert str(tally.worst()) == "sgd n=40 k=4: 0/3"


def test_of_equally_bad_cells_the_slower_is_the_worst() -> None:
    """By the mean, not by the sum: many short trials are not worse than one long one."""
    tally = Tally({"gf2": 10, "sgd": 10}, clock=Hand())
    for _ in range(5):
        tally.add("gf2", "n=30 k=3", "timeout", False, 10.0)
    tally.add("sgd", "n=30 k=3", "timeout", False, 11.0)
    worst = tally.worst()
    assert worst is not None
    assert (worst.contestant, worst.trials, worst.seconds) == ("sgd", 1, 11.0)


def test_census_counts_what_is_planned_and_what_is_there() -> None:
    experiment = Experiment(("gf2", "sgd"), n=(12,), k=(3,), trials=3, devices=("cpu", "cuda"))
    specs = list(experiment.specs())
    finished = {spec.key for spec in specs if spec.trial == 0 and spec.learner == "gf2"}
    planned, already = census(specs, finished)
    assert planned == {"gf2": 3, "sgd": 3, "sgd on cuda": 3}
    assert already == {"gf2": 1}
    assert census(specs, set()) == (planned, {})


def test_names() -> None:
    spec = next(iter(Experiment(("gf2",), n=(40,), k=(4,)).specs()))
    assert contestant("sgd", "cpu") == "sgd"
    assert contestant("sgd", "cuda") == "sgd on cuda"
    assert cell(spec) == "n=40 k=4"
    noisy = replace(spec, k=None, noise=0.1, samples=500, variant="random-labels")
    assert cell(noisy) == "n=40 k=dense noise=0.1 samples=500 random-labels"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"), (59.6, "60 s"), (119, "119 s"), (120, "2 min"), (7199, "120 min"),
        (7200, "2.0 h"), (12_600, "3.5 h"), (80_000, "22 h"), (172_800, "2.0 d"), (1e8, "1157 d"),
    ],
)  # fmt: skip
def test_durations(seconds: float, text: str) -> None:
    assert wording.duration(seconds) == text


@pytest.mark.parametrize(
    ("per_second", "text"),
    [
        (18.21, "18.2/s"), (1234.5, "1234/s"), (1.0, "1/s"), (0.5, "30/min"), (1 / 60, "1/min"),
        (0.01, "36/h"), (0.0001, "0.36/h"),
    ],
)  # fmt: skip
def test_rates(per_second: float, text: str) -> None:
    assert wording.rate(per_second) == text


@pytest.mark.parametrize("width", range(12))
@pytest.mark.parametrize("text", ["", "sgd", "sgd[width=1000,loss=square]", "学習者[幅=千]"])
def test_a_cropped_text_fits_and_keeps_both_ends(text: str, width: int) -> None:
    from rich.cells import cell_len

    short = wording.cropped(text, width)
    assert cell_len(short) <= width
    if cell_len(text) <= width:
        assert short == text
    elif width >= 6:
        assert short[0] == text[0]
        assert short[-1] == text[-1]


def test_what_a_terminal_would_obey_is_made_visible() -> None:
    assert wording.printable("a\x1b[2Jb\n\u202ec\u2028é…") == "a?[2Jb??c?é…"
