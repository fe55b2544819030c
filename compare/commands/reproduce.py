"""The command ``reproduce``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parity_compare.commands import exits

if TYPE_CHECKING:
    from parity_compare.execution.resources import Resources
    from parity_compare.experiment import Programme
    from parity_compare.reproduction.study import Study, Terms
    from parity_compare.terminal.live import Live


def reproduce(
    studies: Annotated[
        list[str] | None,
        typer.Argument(
            help="all, or some of figure1, figure2, figure3, figure4, finding1, fourier-gap, "
            "polynet, noise, layerwise, grokking, no-plateau.",
            show_default="all",
        ),
    ] = None,
    scale: Annotated[
        str,
        typer.Option(
            help="smoke (minutes), laptop (an hour or two), full (the paper's grid, for a cluster)."
        ),
    ] = "smoke",
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the results; it is gone on with if it is there.",
            show_default="reproduction-SCALE",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Root of all seeds.")] = 0,
    device: Annotated[
        str, typer.Option(help="Where networks are trained: auto, cpu or cuda.")
    ] = "auto",
    jobs: Annotated[
        int | None,
        typer.Option(
            help="Worker processes.", show_default="one per CPU; with dask, all that there are"
        ),
    ] = None,
    backend: Annotated[
        str, typer.Option(help="loky for this machine, or dask for a cluster.")
    ] = "loky",
    scheduler: Annotated[
        str | None, typer.Option(help="Dask's scheduler, tcp://host:port.", show_default=False)
    ] = None,
    total_time: Annotated[
        str, typer.Option(help="Of the whole run, such as 8h; the same command goes on later.")
    ] = "none",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print how many trials there are to run.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print the claims as JSON on stdout, nothing else there.")
    ] = False,
) -> None:
    """Run the experiments of Barak et al., 2022, and judge what they claim.

    Every claim gets a verdict by a rule that is printed with it: reproduced, not reproduced, or not
    decided at this scale. They are printed and written to claims.md, with pictures; the trials of
    every study are a folder of results that the other commands read.
    """
    from parity_compare.algorithms.threads import usable_cores
    from parity_compare.arguments import duration
    from parity_compare.execution.resources import Resources
    from parity_compare.experiment import resolve_devices
    from parity_compare.problems.errors import InvalidInput
    from parity_compare.reproduction.catalogue import chosen
    from parity_compare.reproduction.study import Terms

    # Terms first: a study takes its time to import.
    terms = Terms(scale, seed, *resolve_devices((device,)))  # type: ignore[arg-type]  # it checks
    selected = chosen(studies or ["all"])
    resources = Resources(
        jobs=usable_cores() if jobs is None and backend == "loky" else jobs,
        backend=backend,
        scheduler=scheduler,
        total_seconds=duration("--total-time", total_time),
    )
    folder = out or Path(f"reproduction-{terms.scale}")
    if folder.exists() and not folder.is_dir():
        raise InvalidInput(f"output folder {folder} is a file")
    if dry_run:
        _plan(selected, terms, folder)
    else:
        _run(selected, terms, folder, resources, as_json=json)


def _plan(studies: list[Study], terms: Terms, out: Path) -> None:
    from parity_compare.storage.store import Store

    for study in studies:
        with Store(out / study.name, read_only=True) as store:
            finished = store.finished(errors=False)
        keys = {
            spec.key
            for experiment in study.experiments(terms).values()
            for spec in experiment.specs()
        }
        print(f"{study.name}: {len(keys - finished)} of {len(keys)} trials to run")


def _run(
    studies: list[Study], terms: Terms, out: Path, resources: Resources, *, as_json: bool
) -> None:
    import json

    from parity_compare.execution.interrupts import INTERRUPTED, Stop, stopped_by_signals
    from parity_compare.reports.accounts import as_json as to_json
    from parity_compare.reports.reproduction import write_page, write_study
    from parity_compare.reproduction.conduct import conduct
    from parity_compare.terminal.claims import print_counts, print_study

    stop, done = Stop(), []
    with stopped_by_signals(stop):
        for reproduction in conduct(
            studies, terms, out, resources=resources, watch=_watch, stop=stop
        ):
            write_study(reproduction)
            done.append(reproduction)
            if not as_json:
                print_study(reproduction)
            page = write_page(out)
    if as_json:
        print(json.dumps([to_json(reproduction) for reproduction in done], allow_nan=False))
    elif done:
        print_counts(done)
        print(f"Claims: {page}")
    if stop.requested:
        why = "Interrupted" if stop.reason == INTERRUPTED else "The total time is up"
        print(
            f"{why}: finished trials are kept in {out}; the same command goes on from there.",
            file=sys.stderr,
        )
        sys.exit(exits.INTERRUPTED if stop.reason == INTERRUPTED else exits.OUT_OF_TIME)


def _watch(programme: Programme, finished: set[str]) -> Live:
    from parity_compare.terminal.live import Live

    return Live(programme, finished)
