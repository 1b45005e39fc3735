"""The rules of the house that are facts: doors, imports, sizes, words.

Rule: a fact is read from where it stands (setup.cfg, tox.ini, the sources), never from
a second list, unless the list is the promise.
"""

from __future__ import annotations

import ast
import configparser
import importlib
import importlib.metadata
import importlib.resources
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import requests_xauth
from requests_xauth import stores

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "requests_xauth").rglob("*.py"))
OURS = ("requests_xauth", "tests", "benchmarks", "docs", "examples", ".ci")
TOP = ("README.rst", "CHANGES.rst", "setup.cfg", "setup.py", "tox.ini", "MANIFEST.in")
FRONT_DOOR = {
    *("XPKitAuth", "XPKitUserAuth", "XeeAuth", "XMLdationAuth", "M2MAuth"),
    *("XAuth", "XAuthSession", "Provider", "Token", "Renewal"),
    *("errors", "grants", "stores"),
}


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


def name_of(requirement: str) -> str:
    """Return the name that a requirement's library is imported by."""
    return re.split(r"[^\w-]", requirement)[0].replace("-", "_")


EXTRA_LIBRARIES = sorted({name_of(r) for found in extras().values() for r in found})


def fresh_python(code: str) -> subprocess.CompletedProcess[str]:
    """
    Run *code* in a fresh process that cannot import the extras' libraries.

    It is not measured: the measuring itself loads what we look for.
    """
    blocked = "".join(f"sys.modules[{name!r}] = None\n" for name in EXTRA_LIBRARIES)
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys\n{blocked}{code}"],
        env={k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def loaded_by(code: str, *, after: str = "") -> set[str]:
    """Return the modules that *code* loads in a fresh process, beyond *after*'s."""
    ran = fresh_python(
        f"{after}\nbefore = set(sys.modules)\n{code}\n"
        "print(*(set(sys.modules) - before))"
    )
    assert (0, "") == (ran.returncode, ran.stderr)
    return set(ran.stdout.split())


def typed_homes(module_file: str) -> dict[str, str]:
    """Return where the imports under TYPE_CHECKING find each name."""
    tree = ast.parse(Path(module_file).read_text(encoding="utf-8"))
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    return {
        alias.name: node.module or alias.name
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


class TestFrontDoor:
    """What ``import requests_xauth`` promises."""

    def test_names(self):
        """
        The front door has these names, no more and no fewer.
        """
        assert sorted(FRONT_DOOR) == sorted(requests_xauth.__all__)

    @pytest.mark.parametrize("name", sorted(FRONT_DOOR))
    def test_each_name_is_there(self, name):
        """
        Each name can be had, and is the same object each time.
        """
        first = getattr(requests_xauth, name)

        assert first is getattr(requests_xauth, name)
        assert name == first.__name__.rpartition(".")[2]

    def test_dir(self):
        """
        ``dir()`` shows all names, those not yet imported too.
        """
        shown = loaded_by("import requests_xauth; print(*dir(requests_xauth))")

        assert FRONT_DOOR | {"__version__", "__all__", "__doc__"} <= shown

    def test_unknown_name(self):
        """
        Another name is an AttributeError that says so.
        """
        with pytest.raises(
            AttributeError,
            match=r"module 'requests_xauth' has no attribute 'XPKitAuht'",
        ):
            requests_xauth.XPKitAuht  # noqa: B018 - the look is the act

    @pytest.mark.parametrize("door", [requests_xauth, stores])
    def test_tools_see_the_same(self, door):
        """
        Type checkers find each name in the module that Python takes it from.
        """
        assert typed_homes(door.__file__) == door._HOMES
        assert set(door.__all__) == set(door._HOMES) - {"__version__"}

    def test_version(self):
        """
        The version is that of the installed package, which is setup.cfg's.
        """
        module, _, name = lines_of("metadata", "version")[0].rpartition(".")

        assert "attr: requests_xauth._version" == module
        assert "__version__" == name
        assert requests_xauth.__version__ in (ROOT / "CHANGES.rst").read_text()


class TestStoresDoor:
    """What ``requests_xauth.stores`` promises."""

    @pytest.mark.parametrize("name", stores.__all__)
    def test_each_store_is_there(self, name):
        """
        Each store can be had by its name, and is shown by ``dir()``.
        """
        assert name == getattr(stores, name).__name__
        assert name in dir(stores)

    def test_unknown_store(self):
        """
        Another name is an AttributeError that says so.
        """
        with pytest.raises(
            AttributeError,
            match=r"module 'requests_xauth.stores' has no attribute 'MemroyStore'",
        ):
            stores.MemroyStore  # noqa: B018 - the look is the act


class TestImports:
    """What is loaded when, and what is not needed."""

    def test_the_door_loads_nothing(self):
        """
        ``import requests_xauth`` loads one module of ours and no library.
        """
        loaded = loaded_by("import requests_xauth")

        assert {m for m in loaded if m.startswith("requests")} == {"requests_xauth"}
        assert not loaded & {"urllib3", "oauthlib", "dataclasses", *EXTRA_LIBRARIES}

    def test_a_preset_loads_no_oauthlib(self):
        """
        A preset adds to requests neither oauthlib nor dataclasses nor an extra.
        """
        loaded = loaded_by(
            "import requests_xauth; requests_xauth.XPKitAuth", after="import requests"
        )

        assert "requests_xauth.providers.xpkit" in loaded
        assert not loaded & {"oauthlib", "requests_oauthlib", "dataclasses"}

    def test_a_session_does(self):
        """
        XAuthSession loads oauthlib: the tests above would see it.
        """
        loaded = loaded_by("import requests_xauth; requests_xauth.XAuthSession")

        assert {"oauthlib", "requests_oauthlib"} <= loaded

    @pytest.mark.parametrize("name", sorted(FRONT_DOOR))
    def test_extras_are_optional(self, name):
        """
        No name of the front door needs an extra's library.
        """
        assert loaded_by(f"from requests_xauth import {name}")

    def test_command_without_its_libraries(self):
        """
        The command says how to install what it lacks, and is no traceback.
        """
        ran = fresh_python("from requests_xauth.__main__ import main; main()")

        assert 1 == ran.returncode
        assert (
            "The command requests-xauth needs click and rich:"
            " pip install 'requests-xauth[cli]'\n"
        ) == ran.stderr


class TestPackage:
    """What setup.cfg says is so."""

    @pytest.mark.parametrize(
        "line", lines_of("options.entry_points", "console_scripts")
    )
    def test_entry_points(self, line):
        """
        Each entry point loads and can be called.
        """
        name, value = line.split(" = ")

        entry = importlib.metadata.EntryPoint(name, value, "console_scripts")

        assert callable(entry.load())

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
        factors = re.search(r"py3\{([\d,]+)\}-\{core,extras\}", tox)[1].split(",")
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
    kinds = {".py", ".rst", ".txt", ".ini", ".cfg", ".ipynb", ""}
    inside = (p for folder in OURS for p in (ROOT / folder).rglob("*"))
    return [
        path
        for path in (*(ROOT / name for name in TOP), *sorted(inside))
        if path.is_file() and path.suffix in kinds
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
            line for line in found if not re.search(directive + r"\W*\w\w+ \w", line)
        ]
