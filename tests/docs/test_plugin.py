"""The plug-in package of the documentation: installed as a user would, found, run, and tested."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[2] / "examples" / "plugin"

Python = Callable[..., str]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Python:
    """Runs Python with the plug-in installed into a folder of its own, offline."""
    place = tmp_path_factory.mktemp("plugin")
    source = place / "source"  # building leaves files behind
    shutil.copytree(
        PLUGIN, source, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
    )
    environment = os.environ | {"COLUMNS": "200"}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=source, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    target = str(place / "installed")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    run("-m", "pip", "install", "--quiet", *options, "--target", target, str(source))
    path = os.environ.get("PYTHONPATH")
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (target, path)))
    return run


CLI = ("-c", "from parity_compare.cli import main; main()")


def test_the_installed_plugin_is_listed_with_where_it_comes_from(python):
    listed = {row["name"]: row for row in json.loads(python(*CLI, "list", "--json"))}
    assert listed["spectrum"]["origin"] == "parity-compare-spectrum"
    assert listed["spectrum"]["version"] == "0.1.0"
    assert listed["spectrum"]["parameters"] == {"failure": 1e-6, "most_noise": 0.45}
    assert listed["gf2"]["origin"] == "parity-compare"


def test_it_solves_beside_a_learner_of_our_own_on_the_same_instances(python):
    """At noise 0.2 it goes on where gf2 ends in a contradiction; a miss has a chance of 4e-6."""
    out = python(
        *CLI, "run", "--algos", "spectrum,gf2", "--n", "12", "--k", "3", "--noise", "0,0.2",
        "--trials", "2", "--json", "--out", "results",
    )  # fmt: skip
    rows = {(row["label"], row["noise"]): row for row in json.loads(out)["summary"]}
    assert rows["spectrum", 0.0]["statuses"] == rows["gf2", 0.0]["statuses"] == "2 found"
    assert rows["spectrum", 0.2]["statuses"] == "2 found"
    assert rows["gf2", 0.2]["statuses"] == "2 inconsistent"


def test_its_own_tests_pass(python):
    out = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests")
    assert " passed" in out
