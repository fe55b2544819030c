"""The command ``run``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from parity_compare.commands import exits


def run(
    algos: Annotated[
        str, typer.Option(help="Learners, comma-separated; parameters in brackets: sgd[lr=0.1].")
    ],
    n: Annotated[str, typer.Option(help="Numbers of bits, comma-separated.")] = "30",
    k: Annotated[
        str, typer.Option(help="Sizes of the support; 'none' hides a dense parity.")
    ] = "3",
    noise: Annotated[str, typer.Option(help="Noise rates in [0, 0.5).")] = "0",
    samples: Annotated[
        str, typer.Option(help="Sizes of a fixed list of examples; 'none' for fresh ones.")
    ] = "none",
    trials: Annotated[int, typer.Option(help="Instances per cell of the grid.")] = 10,
    seed: Annotated[int, typer.Option(help="Root of all seeds.")] = 0,
    device: Annotated[
        str, typer.Option(help="auto, cpu, cuda, or 'cpu,cuda' to contrast them.")
    ] = "auto",
    time_limit: Annotated[
        str, typer.Option(help="Per trial, such as 60s, 2m or 1h; 'none' for no limit.")
    ] = "60s",
    sample_limit: Annotated[
        str, typer.Option(help="Most examples per trial; 'none' for no limit.")
    ] = "none",
    step_limit: Annotated[
        str, typer.Option(help="Most steps per trial; 'none' for no limit.")
    ] = "none",
    tell: Annotated[
        str, typer.Option(help="Side information offered to the learners: k,noise or 'none'.")
    ] = "k,noise",
    threads: Annotated[int, typer.Option(help="CPU threads per trial.")] = 1,
    batch: Annotated[
        bool, typer.Option("--batch", help="Train trials together; their times are marked.")
    ] = False,
    variant: Annotated[
        str, typer.Option(help="Kinds of instances: plain, blocks, random-labels (the control).")
    ] = "plain",
    probes: Annotated[
        str, typer.Option(help="What is recorded along a trial: standard, or full.")
    ] = "standard",
    moments: Annotated[
        str, typer.Option(help="When it is recorded: log (ever rarer), or every (step).")
    ] = "log",
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("results"),
    json: Annotated[
        bool, typer.Option("--json", help="Print the table as JSON on stdout, nothing else there.")
    ] = False,
) -> None:
    """Run learners head to head on the same hidden parities and write an HTML report.

    Trials that the folder already has are not run again. The table shows this command's trials;
    the report, all of the folder's.
    """
    from parity_compare import arguments
    from parity_compare.algorithms import registry
    from parity_compare.console import print_json, print_table
    from parity_compare.execution.runner import run_experiment
    from parity_compare.experiment import Experiment, resolve_devices
    from parity_compare.live import Live
    from parity_compare.store import Store, load

    experiment = Experiment(
        learners=tuple(registry.split(algos)),
        n=arguments.numbers("n", n, int),
        k=arguments.optional_numbers("k", k, int),
        noise=arguments.numbers("noise", noise, float),
        samples=arguments.optional_numbers("samples", samples, int),
        trials=trials,
        seed=seed,
        devices=resolve_devices(arguments.words("device", device)),
        told=() if tell == "none" else arguments.words("tell", tell),
        seconds=arguments.duration("time-limit", time_limit),
        max_samples=arguments.optional_number("sample-limit", sample_limit),
        max_steps=arguments.optional_number("step-limit", step_limit),
        threads=threads,
        batch=batch,
        variant=arguments.words("variant", variant),
        probes=probes,
        moments=moments,
    )
    with Store(out) as store:
        try:
            with Live(experiment, store.finished()) as live:
                results = run_experiment(experiment, store, progress=live.advance)
        except KeyboardInterrupt:
            kept = len(store.finished() & {spec.key for spec in experiment.specs()})
            print(
                f"\nInterrupted: {kept} finished trials are kept in {out}; "
                "the same command goes on from there.",
                file=sys.stderr,
            )
            sys.exit(exits.INTERRUPTED)
    report = load(out).report()
    if json:
        print_json(results, report)
    else:
        print_table(results, report)
