"""The tutorial does what it says: its commands and scripts are run from its top to its end."""

from __future__ import annotations

from tutorial_blocks import PAGE, outputs, steps, told_apart

TEXT = PAGE.read_text(encoding="utf-8")


def test_every_command_prints_what_the_page_shows():
    printed = outputs(TEXT)
    shown = {step.command: step.output for step in steps(TEXT) if step.command}
    assert len(shown) >= 9
    assert {command: told_apart(shown[command], printed[command]) for command in shown} == {
        command: [] for command in shown
    }


def test_times_may_differ_and_nothing_else():
    table = "│ gf2 │ 5/5 [0.57, 1.00] │ 356 us [245 us, 1.2 ms] │ 5 found │"
    other = "│ gf2 │ 5/5 [0.57, 1.00] │ 1 ms [7 us, 1          │ 5 found │\n│ │ │ s] │ │"
    assert told_apart(table, other) == []
    assert told_apart(table.replace("5 found", "5 timeout"), other) == ["timeout"]
    assert told_apart("found in 3 us\n", "a\nfound in 2.5 ms\n") == []
    assert told_apart("agreement 7 of 9\n", "agreement 8 of 9\n") == ["agreement 7 of 9"]
    assert told_apart("a\n…\nc\n", "a\nb\nc\n") == []
