"""What the documentation's own code promises: pages that follow the code, links, drawn formulas."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import parity_compare as pc
from parity_compare.algorithms import registry
from parity_compare.problems import Access

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
MATHML = "{http://www.w3.org/1998/Math/MathML}"
OWN = [name for name in registry.names() if registry.origin(name) == "parity-compare"]


# --- formulas -------------------------------------------------------------------------------------


def test_a_formula_becomes_mathml_on_its_line_or_in_the_text():
    from mathematics import draw_marked, mathml

    drawn = ET.fromstring(mathml(r"\binom{n}{k} \leq n^k", block=True))
    assert (drawn.tag, drawn.get("display")) == (f"{MATHML}math", "block")
    assert "n" in drawn.itertext()
    assert ET.fromstring(mathml(r"\eta")).get("display") == "inline"
    page = draw_marked(r'<p>a <span class="arithmatex">\(x &lt; y\)</span> b</p>')
    assert re.fullmatch(r"<p>a <math.*<mo>&#x0003C;</mo>.*</math> b</p>", page)


@pytest.mark.parametrize("wrong", [r"\nosuchcommand x", r"x_1_2", r"x^{2"])
def test_a_formula_that_cannot_be_drawn_is_named(wrong):
    from mathematics import FormulaError, mathml

    with pytest.raises(FormulaError, match=re.escape(wrong)):
        mathml(wrong)


@pytest.mark.parametrize(
    ("plain", "drawn"),
    [
        ("n^O(k) proved, Omega(n^k)", "n<sup>O(k)</sup> proved, Ω(n<sup>k</sup>)"),
        ("(1-eta)^-n / (1 + n eta/(1-eta))", "(1-η)<sup>-n</sup> / (1 + n η/(1-η))"),
        ("2^O(n/log n) time", "2<sup>O(n/log n)</sup> time"),
        ("2^((n+1)/2) x m", "2<sup>(n+1)/2</sup> × m"),
        ("n^1.1 (k=3) at n <= 40", "n<sup>1.1</sup> (k=3) at n ≤ 40"),
        ("beta < tau, meta", "beta &lt; τ, meta"),
    ],
)
def test_a_formula_of_the_terminal_is_drawn_as_html(plain, drawn):
    from mathematics import plain_formula

    assert plain_formula(plain) == drawn


# --- learners -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OWN)
def test_a_learner_s_page_has_all_that_its_class_says(name):
    from learner_pages import page

    cls = registry.learner_class(name)
    text = page(cls)
    assert text.startswith(f"# {name} {{ #{cls.__module__}.{cls.__qualname__} }}\n")
    for field in fields(cls):
        assert f"| `{field.name}` | " in text
    for label in ("Complexity", "Source"):
        assert re.search(rf"^(- {label}: |\*\*{label}\.\*\* )\S", text, re.MULTILINE)
    assert f"import {cls.__qualname__}\n" in text
    assert "| `found` |" in text
    assert ":mod:" not in text


@pytest.mark.parametrize("name", OWN)
def test_every_formula_of_a_learner_s_docstring_can_be_drawn(name):
    from learner_pages import described
    from mathematics import mathml

    text = described(registry.learner_class(name))
    prose = "\n\n".join([text.body, *text.attributes.values()])
    formulas = re.findall(r"\$\$(.+?)\$\$|\$([^$]+)\$", prose, re.DOTALL)
    assert formulas
    for block, inline in formulas:
        assert ET.fromstring(mathml(" ".join((block or inline).split()))).tag == f"{MATHML}math"


@pytest.mark.parametrize("name", OWN)
def test_what_a_terminal_shows_of_a_learner_is_free_of_latex(name):
    from learner_pages import described

    cls = registry.learner_class(name)
    for shown in (described(cls).summary, cls.complexity, cls.source):
        assert "$" not in shown
        assert "\\" not in shown


def test_a_parameter_that_is_not_described_is_named():
    from learner_pages import IncompleteDocstring, page

    @dataclass(frozen=True)
    class Silent(pc.Learner):
        """Says nothing.

        Attributes:
            told: what is said.
        """

        name = "silent"
        access = Access.SAMPLE
        told: int = 1
        untold: int = 2

        def search(self, task):
            return pc.Finding(pc.Status.GAVE_UP)

    with pytest.raises(IncompleteDocstring, match=r"learner silent .* untold missing"):
        page(Silent)


def test_statuses_are_those_that_the_source_names():
    from learner_pages import statuses

    assert pc.Status.INCONSISTENT in statuses(pc.GaussianElimination)
    assert pc.Status.DIVERGED not in statuses(pc.GaussianElimination)
    assert pc.Status.DIVERGED in statuses(pc.SGD)
    assert {pc.Status.FOUND, pc.Status.TIMEOUT, pc.Status.ERROR} <= set(statuses(pc.SGD))


# --- reference ------------------------------------------------------------------------------------


def test_every_public_name_stands_once_in_the_reference():
    from api_pages import entries

    listed = [entry for of_part in entries().values() for entry in of_part]
    assert len({entry.address for entry in listed}) == len(listed)
    shown = {entry.shown for entry in listed}
    modules = {"theory"}
    assert {f"parity_compare.{name}" for name in pc.__all__ if name not in modules} <= shown


def test_entries_for_several_parameters_are_parted():
    from docstrings import one_by_one, without_roles

    text = "Sum.\n\nArgs:\n    n, k: the sizes,\n        both.\n    m: rows.\n\nA note, so: end."
    parted = "Sum.\n\nArgs:\n    n: the sizes,\n        both.\n    k: the sizes,\n        both.\n"
    assert one_by_one(text) == parted + "    m: rows.\n\nA note, so: end."
    assert without_roles("see :meth:`.Task.draw` and :mod:`~a.b`") == "see `Task.draw` and `a.b`"


# --- links ----------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path):
    from links import Repository

    (tmp_path / "docs" / "deep").mkdir(parents=True)
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool" / "a.py").write_text('"""```"""\n')
    (tmp_path / "NOTES.md").write_text("see [here](docs/page.md) and [it](tool/a.py)")
    (tmp_path / "docs" / "page.md").write_text("# Page\n")
    return Repository(tmp_path, tmp_path / "docs", {tmp_path / "NOTES.md": "notes.md"})


def test_links_out_of_docs_lead_to_pages_that_show_their_targets(repository):
    root = repository.root
    page = root / "docs" / "deep" / "page.md"
    rest = "[w](https://x.org) [t](#top)"
    text = f"[a](../../tool/a.py#L1) [b](../page.md) [n](../../NOTES.md) {rest}"
    assert repository.outside(text, page) == {root / "tool" / "a.py"}
    assert repository.rewritten(text, page) == (
        f"[a](../source/tool/a.py.md#L1) [b](../page.md) [n](../notes.md) {rest}"
    )
    notes = root / "NOTES.md"
    assert repository.rewritten(notes.read_text(), notes) == (
        "see [here](page.md) and [it](source/tool/a.py.md)"
    )


def test_code_is_no_link(repository):
    page = repository.docs / "page.md"
    for code in ("`[a](../tool/a.py)`", "```\n[a](../tool/a.py)\n```\n", "~~~\n[a](../x)\n~~~\n"):
        assert repository.outside(code, page) == set()
        assert repository.rewritten(code, page) == code


def test_a_link_to_nothing_is_named(repository):
    from links import BrokenLink

    page = repository.docs / "page.md"
    for link in ("../tool/b.py", "../../outside.py"):
        with pytest.raises(BrokenLink, match=re.escape(f"docs/page.md links to {link}")):
            repository.outside(f"[b]({link})", page)


def test_a_shown_file_keeps_its_own_fences(repository):
    shown = repository.shown(repository.root / "tool" / "a.py")
    assert shown == '# tool/a.py\n\n```` python\n"""```"""\n````\n'
    assert "## a.py\n\n````" in repository.shown(repository.root / "tool")


def test_every_link_from_the_repository_s_pages_leads_somewhere():
    """README, CONTRIBUTING and CHANGELOG are read in the repository, where MkDocs does not look."""
    from links import Repository

    repository = Repository(ROOT, ROOT / "docs", {})
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/plugin/README.md"):
        repository.outside((ROOT / name).read_text(encoding="utf-8"), ROOT / name)


# --- the built site -------------------------------------------------------------------------------


def test_a_sound_page_passes_and_planted_faults_are_found(tmp_path):
    from site_check import problems

    sound = '<h1 id="a">A</h1><h2>B</h2><p>5 $ <code>\\(x\\)</code></p><img src="i.png" alt="i">'
    (tmp_path / "i.png").write_bytes(b"")
    (tmp_path / "index.html").write_text(sound + '<a href="index.html#a">a</a>')
    assert problems(tmp_path) == []
    (tmp_path / "bad.html").write_text(
        '<h1>A</h1><h1>B</h1><h3>C</h3><p>:meth:`x`</p><p>\\(y\\)</p><img src="i.png">'
        '<a href="no.html">a</a><a href="index.html#b">b</a><script src="https://x.org/s.js"></script>'
    )
    assert problems(tmp_path) == [
        "bad.html: has 2 headings of the first level",
        "bad.html: a heading of level 3 follows one of level 1",
        "bad.html: picture i.png has no words",
        "bad.html: a formula is left as it was written: A B C :meth:`x` \\(y\\) a b",
        "bad.html: a cross-reference is left as it was written: A B C :meth:`x` \\(y\\) a b",
        "bad.html: fetches https://x.org/s.js from elsewhere",
        "bad.html: no.html leads to nothing",
        "bad.html: index.html#b names an anchor that is not there",
    ]


def test_every_learner_has_its_page_in_the_built_site(small_site):
    assert {file.stem for file in (small_site / "learners").glob("*.html")} == {"index", *OWN}
    assert "shown" in (small_site / "source" / "script.py.html").read_text()


def test_pages_ask_nothing_of_the_network_and_search_works_from_a_folder(
    small_site: Path, browser: Browser
) -> None:
    """Opened as a file: no request but for the site's own files, no error, formulas that show."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("requestfailed", lambda request: faults.append(f"failed: {request.url}"))
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    for place in ("index.html", "learners/index.html", "learners/random.html"):
        page.goto((small_site / place).as_uri())
        boxes = page.eval_on_selector_all(
            "article math", "all => all.map(one => one.getBoundingClientRect().height)"
        )
        assert boxes
        assert min(boxes) > 3
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click(".md-search__input")
    page.keyboard.type("langevin")
    page.wait_for_selector(".md-search-result__item")
    page.close()
    assert faults == []
    outside = [url for url in asked if not url.startswith((small_site.as_uri(), "data:", "blob:"))]
    assert outside == []


@pytest.mark.parametrize("place", ["index.html", "learners/gf2.html"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_can_be_read_by_everybody(small_site, browser, place, scheme):
    """axe's rules for WCAG 2 A and AA within the page's own content, by day and by night."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = browser.new_page(color_scheme=scheme)
    page.goto((small_site / place).as_uri())
    page.wait_for_selector("article h1")
    found = axe.Axe().run(
        page,
        context="article",
        options={"runOnly": ["wcag2a", "wcag2aa"], "rules": {"color-contrast": {"enabled": True}}},
    )
    page.close()
    assert [violation["id"] for violation in found.response["violations"]] == []
