"""Experiment files: what they say is what is run, and what is wrong with them is said."""

import re
from pathlib import Path

import pytest

from parity_compare import arguments
from parity_compare.experiment_file import ExperimentFile
from parity_compare.problems.errors import InvalidInput
from parity_compare.settings import SETTINGS, Settings

ROOT = Path(__file__).parents[2]

EVERYTHING = """\
seed = 7
trials = 25
tell = ["k"]
out = "elsewhere"
probes = "full"
moments = "every"
replays = 3

[grid]
n = [20, 30]
k = [3, "none"]
noise = [0.0, 0.1]
samples = ["none", 500]
variant = ["plain", "random-labels"]

[limits]
time = "1m30s"
samples = 10_000
steps = 2000
total-time = "8h"
memory = "2GB"

[run]
device = ["cpu"]
threads = 2
jobs = 4
backend = "dask"
scheduler = "tcp://localhost:8786"
batch = false
retry-errors = false

[[learners]]
name = "sgd"
width = [10, 100]
lr = [0.1, 1]
second_layer = false

[[learners]]
name = "gf2"
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Reads the settings of a file's text, with the command line's options."""
    monkeypatch.chdir(tmp_path)

    def read(text: str | bytes, **options: object) -> Settings:
        path = Path("experiment.toml")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        given = {name.replace("_", "-"): value for name, value in options.items()}
        return Settings(ExperimentFile(path), given)

    return read


def test_every_key_takes_effect(load):
    settings = load(EVERYTHING)
    made, means = settings.experiment(), settings.resources()
    assert made.learners == (
        "sgd[width=10,second_layer=false,lr=0.1]",
        "sgd[width=10,second_layer=false,lr=1.0]",
        "sgd[width=100,second_layer=false,lr=0.1]",
        "sgd[width=100,second_layer=false,lr=1.0]",
        "gf2",
    )
    assert (made.n, made.k, made.noise) == ((20, 30), (3, None), (0.0, 0.1))
    assert (made.samples, made.variant) == ((None, 500), ("plain", "random-labels"))
    assert (made.seed, made.trials, made.told) == (7, 25, ("k",))
    assert (made.probes, made.moments, made.threads) == ("full", "every", 2)
    assert made.replays == 3
    assert (made.seconds, made.max_samples, made.max_steps) == (90.0, 10_000, 2000)
    assert (made.devices, made.batch) == (("cpu",), False)
    assert (means.jobs, means.backend) == (4, "dask")
    assert means.scheduler == "tcp://localhost:8786"
    assert (means.total_seconds, means.memory) == (8 * 3600.0, 2 * 10**9)
    assert (settings.out, settings.retry_errors) == (Path("elsewhere"), False)


def test_an_option_overrides_its_key(load):
    settings = load(
        EVERYTHING,
        algos="exhaustive,sq[tolerance=0.1]",
        seed=1,
        trials=2,
        tell="none",
        out="here",
        probes="standard",
        moments="log",
        n="12",
        k="2,3",
        noise="0.2",
        samples="none",
        variant="blocks",
        time_limit="none",
        sample_limit="5",
        step_limit="none",
        total_time="none",
        memory_limit="512MiB",
        device="auto",
        threads=1,
        jobs=2,
        backend="loky",
        scheduler="none",
        batch=True,
        retry_errors=True,
    )
    made, means = settings.experiment(), settings.resources()
    assert made.learners == ("exhaustive", "sq[tolerance=0.1]")
    assert (made.n, made.k, made.noise, made.samples) == ((12,), (2, 3), (0.2,), (None,))
    assert (made.seed, made.trials, made.told, made.variant) == (1, 2, (), ("blocks",))
    assert (made.seconds, made.max_samples, made.max_steps) == (None, 5, None)
    assert (made.probes, made.moments, made.threads, made.batch) == ("standard", "log", 1, True)
    assert (means.jobs, means.backend, means.scheduler) == (2, "loky", None)
    assert (means.memory, means.total_seconds) == (2**29, None)
    assert (settings.out, settings.retry_errors) == (Path("here"), True)


def test_an_empty_file_has_the_defaults_of_an_empty_command_line(load):
    alone = Settings(None, {"algos": "gf2"})
    assert load("", algos="gf2").experiment() == alone.experiment()
    assert load('learners = "gf2"').experiment() == alone.experiment()
    assert load("", algos="gf2").resources() == alone.resources()


def test_learners_are_texts_or_tables(load):
    told = load('learners = ["gf2", "sgd[width=1000]", {name = "sq", tolerance = [0.1, 0.2]}]')
    assert told.experiment().learners == (
        *("gf2", "sgd[width=1000]", "sq[tolerance=0.1]", "sq[tolerance=0.2]"),
    )
    spread = load("[[learners]]\nname = 'sgd'\nwidth = [10, 'none']\n")
    assert spread.experiment().learners == ("sgd[width=10]", "sgd")
    single = load('[learners]\nname = "sgd"\nwidth = 10\n')
    assert single.experiment().learners == ("sgd[width=10]",)


@pytest.mark.parametrize(
    ("jobs", "given", "batch"),
    [(1, None, False), (2, None, True), (2, False, False), (1, True, True)],
)
def test_trials_are_batched_where_they_share_the_machine(load, jobs, given, batch):
    settings = load('learners = "sgd"', jobs=jobs, batch=given)
    assert settings.experiment().batch is batch


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\ntrails = 3\n", "line 2: unknown key trails; did you mean trials?"),
        ("[grids]\nn = 3\n", "line 1: unknown key grids; did you mean grid?"),
        ("[grid]\n\n# none\nm = 3\n", "line 4: unknown key grid.m; did you mean grid.n?"),
        ("time = '3s'\n", "line 1: unknown key time; did you mean limits.time?"),
        ("[limits]\ntotal_time = '3s'\n", "did you mean limits.total-time?"),
        ("\ngrid = 3\n", "line 2: grid must be a table, got 3"),
        ("trials = '5'\n", "line 1: trials must be a whole number, got '5'"),
        ("trials = true\n", "line 1: trials must be a whole number, got True"),
        ("trials = 0\n", "line 1: trials must be at least 1, got 0"),
        ("trials = [1, 2]\n", "line 1: trials must be a whole number, got [1, 2]"),
        ("out = 3\n", "line 1: out must be a word, got 3"),
        ("tell = ['secret']\n", "line 1: tell must be among k and noise, got 'secret'"),
        ("[grid]\nk = 3\nn = [\n  20,\n  'x',\n]\n", "line 3: grid.n must be a whole number, got"),
        ("[grid]\nn = 10\nk = 11\n", "line 3: grid.k must lie in 1..n = 1..10, got 11"),
        ("[grid]\nn = []\n", "line 2: grid.n must not be empty"),
        ("[grid]\nnoise = 0.5\n", "line 2: grid.noise must lie in [0, 0.5), got 0.5"),
        ("[grid]\nnoise = nan\n", "line 2: grid.noise must lie in [0, 0.5), got nan"),
        ("[grid]\nsamples = 0\n", "line 2: grid.samples must be at least 1, got 0"),
        ("[grid]\nvariant = 'odd'\n", "line 2: grid.variant must be among plain"),
        ("[limits]\ntime = 'soon'\n", "line 2: limits.time must be a duration such as"),
        ("[limits]\nsteps = 0\n", "line 2: limits.steps must be one whole number of at least 1"),
        ("[limits]\nmemory = '2XB'\n", "line 2: limits.memory must be a size such as 2GB"),
        ("[run]\ndevice = 'tpu'\n", "line 2: run.device must be one of auto, cpu, cuda"),
        ("[run]\njobs = 0\n", "line 2: run.jobs must be at least 1, got 0"),
        ("[run]\nbackend = 'mpi'\n", "line 2: run.backend must be one of loky, dask, got 'mpi'"),
        ("[run]\nbackend = 'dask'\n", "line 2: run.backend dask needs the scheduler's address"),
        ("[run]\nbatch = 1\n", "line 2: run.batch must be true or false, got 1"),
        ("seed = 1\nseed = 2\n", "line 2: this is not TOML: Cannot overwrite a value"),
        ("seed =\n", "line 1: this is not TOML"),
        ("seed = 'x", "line 1: this is not TOML"),
        (b"seed = 1\nout = '\xff'\n", "line 2: this is not UTF-8"),
        (b"\xef\xbb\xbfseed = 1\r\n\r\ntrials = 0\r\n", "line 3: trials must be at least 1, got 0"),
    ],
)
def test_a_fault_is_told_with_its_line_and_key(load, text, message):
    def everything():
        settings = load(text, algos="gf2")
        settings.experiment()
        settings.resources()

    with pytest.raises(InvalidInput) as told:
        everything()
    assert str(told.value).startswith("experiment.toml, line ")
    assert message in str(told.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("learners = []", "line 1: learners must not be empty"),
        ("learners = 3", "line 1: a learner must be a text or a table, got 3"),
        ("learners = ['gf3']", "line 1: unknown learner 'gf3'; did you mean gf2"),
        ("[[learners]]\nwidth = 3", "line 1: a learner's table must have a name"),
        ("[[learners]]\nname = 'gf2'\n[[learners]]\nname = 'sdg'", "line 4: unknown learner 'sdg'"),
        (
            "[[learners]]\nname = 'sgd'\n\nwitdh = 3",
            "line 4: unknown parameter 'witdh' of sgd; did you mean width?",
        ),
        ("[[learners]]\nname = 'sgd'\nwidth = [10, 'x']", "line 3: parameter width of sgd must be"),
        ("[[learners]]\nname = 'sgd'\nwidth = '10'", "line 3: width must be a number, true or"),
        ("[[learners]]\nname = 'sgd'\nwidth = 1.5", "line 3: parameter width of sgd must be"),
        ("[[learners]]\nname = 'sgd'\nwidth = []", "line 3: width must not be empty"),
        ("[[learners]]\nname = 'sgd'\nwidth = 0", "line 3: width must be at least 1, got 0"),
        ("[[learners]]\nname = 'sgd'\nloss = 'a,lr=2'", "line 3: loss must be a number, a word"),
        ("[[learners]]\nname = 'sgd'\ndevice = 'cuda'", "the device of sgd is set for the whole"),
    ],
)
def test_a_learners_fault_is_told_with_its_line(load, text, message):
    with pytest.raises(InvalidInput, match=r"^experiment\.toml, line \d") as told:
        load(text).experiment()
    assert message in str(told.value)


def test_parameters_that_are_right_together_only(load):
    text = "[[learners]]\nname = 'sq'\ndevice = 'cuda'\nanswers = 'sample'\n"
    with pytest.raises(InvalidInput, match="is set for the whole run"):  # and not that sq is wrong
        load(text).experiment()
    with pytest.raises(InvalidInput, match="line 1: width of a transformer must be a multiple"):
        load("[[learners]]\nname = 'sgd'\nnetwork = 'transformer'\nwidth = 20\n").experiment()


def test_the_command_lines_own_faults_are_not_blamed_on_the_file(load):
    with pytest.raises(InvalidInput, match=r"^k must lie in 1\.\.n = 1\.\.10, got 11$"):
        load("[grid]\nn = 10\nk = 2\n", algos="gf2", k="11").experiment()
    with pytest.raises(InvalidInput, match=r"^--k must be a whole number, got 'x'$"):
        load("[grid]\nk = 2\n", algos="gf2", k="x")


def test_no_learners_anywhere(load):
    with pytest.raises(InvalidInput, match=r"experiment\.toml names no learners, and neither"):
        load("trials = 3").experiment()
    with pytest.raises(InvalidInput, match="--algos, or an experiment file"):
        Settings(None, {}).experiment()


def test_a_file_that_cannot_be_read(tmp_path: Path):
    with pytest.raises(InvalidInput, match="does not exist"):
        ExperimentFile(tmp_path / "nowhere.toml")
    with pytest.raises(InvalidInput, match="is a folder"):
        ExperimentFile(tmp_path)
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * (2**20 + 1))
    with pytest.raises(InvalidInput, match="must be at most 1 MiB"):
        ExperimentFile(large)


def test_the_line_of_every_key_is_where_it_stands(load):
    load(EVERYTHING)
    file = ExperimentFile(Path("experiment.toml"))
    lines = EVERYTHING.split("\n")
    for setting in SETTINGS:
        assert lines[file.line(setting.key) - 1].startswith(f"{setting.key[-1]} = ")
    assert lines[file.line(("learners", 0, "lr")) - 1] == "lr = [0.1, 1]"
    assert lines[file.line(("learners", 1, "name")) - 1] == 'name = "gf2"'


def test_every_key_is_documented_with_its_option_and_default():
    page = (ROOT / "docs" / "experiments.md").read_text()
    rows = re.findall(r"^\| `([\w.-]+)` \| `--([\w-]+)[^|]*\| ([^|]+) \|", page, flags=re.MULTILINE)
    documented = {key: (option, default) for key, option, default in rows}
    accepted = {".".join(setting.key): setting for setting in SETTINGS}
    assert documented.keys() == accepted.keys() | {"learners"}
    for key, setting in accepted.items():
        option, default = documented[key]
        assert option == setting.option
        if setting.default is not None:
            shown = re.sub(r'[`"\[\] ]', "", default)
            assert shown == setting.default_text


def test_every_setting_is_an_option_of_the_command():
    import inspect

    from parity_compare.commands.run import run

    options = {name.replace("_", "-") for name in inspect.signature(run).parameters}
    extra = {"context", "file", "algos", "trial", "force", "dry-run", "json"}
    assert options == {setting.option for setting in SETTINGS} | extra


def test_the_example_runs_as_it_says(monkeypatch: pytest.MonkeyPatch):
    settings = Settings(ExperimentFile(ROOT / "examples" / "experiment.toml"), {})
    experiment = settings.experiment()
    assert len({spec.learner for spec in experiment.specs()}) == 5
    assert experiment.trials == 5


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2GB", 2 * 10**9),
        ("1.5 kB", 1500),
        ("512MiB", 2**29),
        ("1GiB", 2**30),
        ("4096", 4096),
        (4096, 4096),
        ("10b", 10),
        ("none", None),
    ],
)
def test_sizes(text, size):
    assert arguments.size("--memory-limit", text) == size


@pytest.mark.parametrize("text", ["", "GB", "2XB", "-1GB", "1e9", "2 GB 3", "ib", "2ib", True, "0"])
def test_what_is_no_size(text):
    with pytest.raises(InvalidInput, match=r"^--memory-limit must be"):
        arguments.size("--memory-limit", text)


@pytest.mark.parametrize("value", ["1" + "0" * 5000, "[" * 3000 + "]" * 3000])
def test_values_beyond_all_measure_are_refused_in_words(value: str, tmp_path: Path) -> None:
    path = tmp_path / "e.toml"
    path.write_text(f"trials = {value}\n")
    with pytest.raises(InvalidInput, match=r"e\.toml holds a value beyond all measure"):
        ExperimentFile(path)


def test_the_line_of_a_key_is_the_first_that_makes_it_toml(tmp_path: Path) -> None:
    """Against the definition: every beginning of the file, one line more at a time."""
    text = (
        "# a comment\ntrials = 3\n\n[grid]\nn = [\n  20,\n  30,\n]\nk = 3\n"
        'noise = [0.0,\n  0.1]\n[[learners]]\nname = """\ngf2"""\n\n[[learners]]\nname = "sq"\n'
        "tolerance = [\n 0.1, # one\n 0.2\n]\n[run]\njobs = 2\n"
    )
    path = tmp_path / "e.toml"
    path.write_text(text)
    file = ExperimentFile(path)
    lines = {
        ("trials",): 2, ("grid", "n"): 5, ("grid", "k"): 9, ("grid", "noise"): 10,
        ("learners",): 12, ("learners", 0, "name"): 13, ("learners", 1): 16,
        ("learners", 1, "name"): 17, ("learners", 1, "tolerance"): 18, ("run", "jobs"): 23,
    }  # fmt: skip
    assert {key: file.line(key) for key in lines} == lines


def test_the_line_of_a_key_is_found_in_a_long_file(tmp_path: Path) -> None:
    path = tmp_path / "e.toml"
    learners = "".join(f'[[learners]]\nname = "sgd"\nwidth = {i}\n' for i in range(1, 2000))
    path.write_text(f"{learners}[run]\njobs = 2\n")
    assert ExperimentFile(path).line(("run", "jobs")) == 3 * 1999 + 2
