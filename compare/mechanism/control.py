"""The control: does a measure grow differently where labels are coin tosses?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parity_compare.mechanism.course import Course, Running
from parity_compare.mechanism.verdict import Answer, Verdict
from parity_compare.problems.errors import InvalidInput

FEWEST_CONTROLS = 5
UNDER_WAY = 0.95
"""Share of the trials that must be under way at a step, for the comparison to be of all of them."""

QUESTION = "Does the measure grow differently where there is something to learn?"


@dataclass(frozen=True)
class Control(Verdict):
    """The measure against trials whose labels are coin tosses.

    Attributes:
        steps: where they were compared; none if too few trials were under way.
        p: Mann-Whitney p-values at those steps, Holm-adjusted.
        superiority: chance that the measure of a trial with something to learn is above that of
            one without; 1/2 is no difference.
    """

    steps: tuple[int, ...]
    p: tuple[float, ...]
    superiority: tuple[float, ...]


def against(
    courses: Sequence[Course], control: Sequence[Course], steps: Sequence[int], level: float
) -> Control:
    """Compare the measure of trials under way with that of controls under way.

    Trials end by success, which those are first to reach that are ahead; controls do not. Among the
    trials left over the measure is lower for that alone. So steps at which less than
    :data:`UNDER_WAY` of the trials, or of the controls, are under way are passed over.
    """
    from scipy.stats import mannwhitneyu

    if len(control) < FEWEST_CONTROLS:
        raise InvalidInput(
            f"control must have at least {FEWEST_CONTROLS} courses, got {len(control)}"
        )
    compared, p, superiority = [], [], []
    for step in steps:
        ours, theirs = Running.at(courses, step).measure, Running.at(control, step).measure
        shares = len(ours) / len(courses), len(theirs) / len(control)
        if min(shares) < UNDER_WAY or len(theirs) < FEWEST_CONTROLS:
            continue
        test = mannwhitneyu(ours, theirs)
        compared.append(step)
        p.append(float(test.pvalue))
        superiority.append(float(test.statistic) / (len(ours) * len(theirs)))
    if not compared:
        sentence = (
            f"Already at step {min(steps, default=1)} fewer than {100 * UNDER_WAY:g} % of the "
            "trials or of their controls were under way: the rest are no fair sample to compare."
        )
        return Control(QUESTION, "undecided", sentence, (), (), ())
    adjusted = holm(p)
    differing = [i for i, value in enumerate(adjusted) if value <= level]
    answer: Answer = "yes" if differing else "undecided"
    if differing:
        first = differing[0]
        sentence = (
            f"It can first be told from its course on random labels at step {compared[first]}: the "
            f"measure of a true trial is the larger with probability {superiority[first]:.2f} "
            f"(Mann-Whitney with Holm's correction, p = {adjusted[first]:.2g})."
        )
    else:
        sentence = (
            f"At none of {len(compared)} steps from {compared[0]} to {compared[-1]} can it be told "
            f"from its course on random labels (Mann-Whitney with Holm's correction, least p = "
            f"{min(adjusted):.2g})."
        )
    return Control(QUESTION, answer, sentence, tuple(compared), tuple(adjusted), tuple(superiority))


def holm(p: Sequence[float]) -> list[float]:
    """P-values adjusted for their number, by Holm's step-down (1979), in the order given."""
    adjusted, largest = [0.0] * len(p), 0.0
    for rank, i in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        largest = max(largest, min(1.0, (len(p) - rank) * p[i]))
        adjusted[i] = largest
    return adjusted
