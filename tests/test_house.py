"""The rules of the house that are facts: the package, its sizes, its words.

Rule: a fact is read from where it stands (setup.cfg, tox.ini, the sources), never from
a second list, unless the list is the promise.
"""

from __future__ import annotations

import ast
import configparser
import importlib.metadata
import importlib.resources
import inspect
import os
import re
import statistics
from pathlib import Path

import pytest

import requests_xauth

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "requests_xauth").rglob("*.py"))
OURS = ("requests_xauth", "tests", "benchmarks", "docs", "examples")
TOP = (
    ".ci/run",
    "README.rst",
    "CHANGES.rst",
    "setup.cfg",
    "setup.py",
    "tox.ini",
    "MANIFEST.in",
)


def setup_cfg() -> configparser.ConfigParser:
    """Return what setup.cfg says."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def lines_of(section: str, option: str) -> list[str]:
    """Return the lines of one option of setup.cfg."""
    return setup_cfg()[section][option].strip().splitlines()


def extras() -> dict[str, list[str]]:
    """Return each extra's requirements, as setup.cfg has them."""
    section = "options.extras_require"
    return {extra: lines_of(section, extra) for extra in setup_cfg()[section]}


def entry_points() -> list[tuple[str, str]]:
    """Return each entry point with its group, as setup.cfg has them."""
    section = "options.entry_points"
    return [(g, line) for g in setup_cfg()[section] for line in lines_of(section, g)]


class TestPackage:
    """What setup.cfg says is so."""

    @pytest.mark.parametrize(("group", "line"), entry_points())
    def test_entry_points(self, group, line):
        """
        Each entry point loads, and is what its group asks for.
        """
        name, value = line.split(" = ")
        if group.startswith("httpie") and "XAUTH_REQUIRE_ALL" not in os.environ:
            pytest.importorskip("httpie", reason="needs requests-xauth[httpie]")

        loaded = importlib.metadata.EntryPoint(name, value, group).load()

        assert inspect.ismodule(loaded) if group == "pytest11" else callable(loaded)

    def test_version(self):
        """
        The version is that of the installed package, which is setup.cfg's.
        """
        module, _, name = lines_of("metadata", "version")[0].rpartition(".")

        assert "attr: requests_xauth._version" == module
        assert "__version__" == name
        assert requests_xauth.__version__ in (ROOT / "CHANGES.rst").read_text()

    def test_typed(self):
        """
        Type checkers are told that the package has types.
        """
        assert (importlib.resources.files("requests_xauth") / "py.typed").is_file()

    def test_lower_bounds_are_run(self):
        """
        Each lower bound is a version that the suite runs with.
        """
        oldest = (ROOT / "tests/constraints/oldest.txt").read_text(encoding="utf-8")
        declared = lines_of("options", "install_requires") + [
            requirement for found in extras().values() for requirement in found
        ]

        def released(requirement):
            name, version = re.split(r"[>=]=", requirement)
            return name, re.sub(r"(\.0)+$", "", version)

        pinned = [released(p) for p in oldest.splitlines() if not p.startswith("#")]
        assert {released(r) for r in declared} == set(pinned) - {("urllib3", "1.26.5")}

    def test_pythons(self):
        """
        The Pythons that are promised are those that the suite runs with.
        """
        tox = (ROOT / "tox.ini").read_text(encoding="utf-8")
        factors = re.search(r"py3\{([\d,]+)\}-\{extras,stores,core\}", tox)[1].split(
            ","
        )
        promised = [
            line.rpartition("3.")[2]
            for line in lines_of("metadata", "classifiers")
            if ":: 3." in line
        ]

        assert factors == promised
        assert f">=3.{factors[0]}" == setup_cfg()["options"]["python_requires"]


def bodies(path: Path) -> dict[str, int]:
    """Return the lines of each function's body in *path*, its docstring apart."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            rest = node.body[ast.get_docstring(node) is not None :]
            lines = node.end_lineno - rest[0].lineno + 1 if rest else 0
            found[f"{path.name}:{node.lineno} {node.name}"] = lines
    return found


class TestSizes:
    """What keeps the house readable."""

    def test_files(self):
        """
        No file of the package is longer than 300 lines.
        """
        sizes = {p.name: len(p.read_text("utf-8").splitlines()) for p in SOURCES}

        assert {} == {name: size for name, size in sizes.items() if size > 300}

    def test_longest_function(self):
        """
        No function's body is longer than 40 lines.
        """
        sizes = {k: v for path in SOURCES for k, v in bodies(path).items()}

        assert {} == {name: size for name, size in sizes.items() if size > 40}

    def test_usual_function(self):
        """
        Half of the bodies are within 8 lines, nine in ten within 20.
        """
        sizes = [size for path in SOURCES for size in bodies(path).values()]

        assert statistics.median(sizes) <= 8
        assert statistics.quantiles(sizes, n=10)[-1] <= 20


def texts() -> list[Path]:
    """Return all that people may read of ours."""
    kinds = {".py", ".rst", ".txt", ".ini", ".cfg", ".ipynb"}
    inside = (p for folder in OURS for p in sorted((ROOT / folder).rglob("*")))
    return [
        *(ROOT / name for name in TOP),
        *(path for path in inside if path.suffix in kinds and path.is_file()),
    ]


def found_in_texts(pattern: str) -> list[str]:
    """Return file, line number and match of *pattern*, wherever it is found."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in texts()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        for match in re.finditer(pattern, line)
    ]


class TestWords:
    """What the texts do not say."""

    def test_no_path_of_a_machine(self):
        """
        No text names a place on the machine that it was written on.
        """
        assert [] == found_in_texts(r"(?<![\w.:/-])/(?:home|root|tmp|work|Users)/\w")

    def test_a_path_would_be_found(self):
        """
        The search sees this file, and a path if there were one.
        """
        assert Path(__file__) in texts()
        assert found_in_texts(r"(?<![\w.:/-])/usr/\w")

    def test_exceptions_give_reasons(self):
        """
        Whoever switches a tool off on a line says why on that line.
        """
        directive = (
            r"#\s*(noqa(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*)?"
            r"|type:\s*ignore(\[[\w, -]+\])?|pragma:\s*no\s+\w+)"
        )

        found = found_in_texts(directive + ".*")

        assert found
        assert [] == [
            line
            for line in found
            if not re.search(r"\w\w", re.sub(".*?" + directive, "", line))
        ]
