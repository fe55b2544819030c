"""The command line: run, solve, list, report, export."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from parity_compare.problems.errors import InvalidInput

if TYPE_CHECKING:
    from parity_compare.problems.samples import Encoding

# Typer's own usage errors derive from these, under any version of Typer.
_USAGE_ERROR: Any = typer.BadParameter.__mro__[1]

EXIT_NOT_FOUND, EXIT_BAD_INPUT, EXIT_INTERRUPTED = 1, 2, 130

app = typer.Typer(
    name="parity-compare",
    help="Who learns a hidden sparse parity, at what cost, and by what mechanism?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit.

    Exit codes: 0 done, 1 ``solve`` found no parity, 2 bad input (one line on stderr, nothing
    written), 130 interrupted (every finished trial is kept).
    """
    try:
        code = app(arguments, standalone_mode=False)
    except InvalidInput as error:
        _fail(str(error))
    except _USAGE_ERROR as error:
        _fail(error.format_message())
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter must not try to flush it once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_NOT_FOUND)
    except OSError as error:
        _fail(f"{error.strerror}: {error.filename}" if error.filename else str(error))
    except sqlite3.Error as error:
        _fail(f"the results store failed: {error}")
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(EXIT_INTERRUPTED)
    sys.exit(code)


def _fail(message: str) -> None:
    print(f"parity-compare: error: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(EXIT_BAD_INPUT)


@app.command()
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
    from parity_compare.console import Live, print_json, print_table
    from parity_compare.runner import run_experiment
    from parity_compare.spec import Experiment, resolve_devices
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
            sys.exit(EXIT_INTERRUPTED)
    report = load(out).report()
    if json:
        print_json(results, report)
    else:
        print_table(results, report)


@app.command()
def solve(
    data: Annotated[Path, typer.Argument(help="CSV with a header, or NPZ with X and y.")],
    label: Annotated[
        str | None, typer.Option(help="The label's column (CSV) or array (NPZ, 'y' by default).")
    ] = None,
    algo: Annotated[
        str, typer.Option(help="A learner, or auto: gf2, then exhaustive in rising k.")
    ] = "auto",
    k: Annotated[int | None, typer.Option(help="Number of columns in the XOR, if known.")] = None,
    noise: Annotated[
        float | None, typer.Option(help="Share of wrong labels, if known, in [0, 0.5).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the learner's randomness.")] = 0,
    time_limit: Annotated[
        str, typer.Option(help="Such as 60s, 2m or 1h; 'none' for no limit.")
    ] = "60s",
    encoding: Annotated[
        str, typer.Option(help="bits (0/1), signs (-1/+1), or auto, which reads it off the values.")
    ] = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Find the columns of a data file that XOR to its label.

    Exit code 1 if there is no such answer, or one that luck may have made.
    """
    from parity_compare import arguments
    from parity_compare.console import print_solution
    from parity_compare.problems.files import read_samples
    from parity_compare.solve import solve as solve_samples

    limit = arguments.duration("time-limit", time_limit)
    samples = read_samples(data, label, encoding=cast("Encoding", encoding))
    solution = solve_samples(samples, algo=algo, k=k, noise=noise, seed=seed, time_limit=limit)
    print_solution(solution, label or "y", as_json=json)
    if not solution.sure:
        sys.exit(EXIT_NOT_FOUND)


@app.command(name="list")
def list_learners(
    json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List the learners: access model, complexity, parameters with defaults, source."""
    from parity_compare.console import print_learners

    print_learners(as_json=json)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Folder of the results.")],
    out: Annotated[
        Path | None, typer.Option(help="Where to write; report.html in the folder by default.")
    ] = None,
) -> None:
    """Write the HTML report of a results folder."""
    from parity_compare.store import load

    print(load(folder).report(out))


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Folder of the results.")],
    format: Annotated[str, typer.Option(help="csv, json or parquet.")] = "csv",
    out: Annotated[
        Path | None, typer.Option(help="Where to write; stdout by default (csv and json).")
    ] = None,
) -> None:
    """Write all trials of a results folder as a table, one row per trial."""
    from parity_compare.export import export as export_results
    from parity_compare.store import load

    export_results(load(folder), format, out)
