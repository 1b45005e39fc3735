"""The doors: which names there are, and what is loaded when one is used.

Rule: what is loaded is asked of a fresh process, since this one has loaded it all.
"""

from __future__ import annotations

import ast
import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import requests_xauth
from requests_xauth import stores

ROOT = Path(__file__).parent.parent
FRONT_DOOR = {
    *("XPKitAuth", "XPKitUserAuth", "XeeAuth", "XMLdationAuth", "M2MAuth"),
    *("XAuth", "XAuthSession", "Provider", "Token", "Renewal"),
    *("errors", "grants", "stores"),
}


def extra_libraries() -> list[str]:
    """Return the names by which the libraries of all extras are imported."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    wanted = "\n".join(parser["options.extras_require"].values()).split()
    return sorted({re.split(r"[^\w-]", w)[0].replace("-", "_") for w in wanted})


EXTRA_LIBRARIES = extra_libraries()


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


class TestStoresDoor:
    """What ``requests_xauth.stores`` promises."""

    @pytest.mark.parametrize("name", stores.__all__)
    def test_each_store_is_there(self, name):
        """
        Each store can be had by its name, and is shown by ``dir()``.
        """
        assert name in dir(stores)
        try:
            store = getattr(stores, name)
        except ImportError as error:
            pytest.skip(str(error))
        assert name == store.__name__

    @pytest.mark.parametrize("name", sorted({*stores.__all__} - {"MemoryStore"}))
    def test_without_its_libraries(self, name):
        """
        A store whose libraries are missing says how to install them.
        """
        ran = fresh_python(f"from requests_xauth.stores import {name}")

        assert re.search(
            rf"ImportError: {name} needs .*: pip install 'requests-xauth\[\w+\]'",
            ran.stderr,
        )

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
        The command says how to install what it lacks, as a setting that is missing, and
        is no traceback.
        """
        ran = fresh_python("from requests_xauth.__main__ import main; main()")

        assert 3 == ran.returncode
        assert (
            "The command requests-xauth needs click, rich, filelock, platformdirs:"
            " pip install 'requests-xauth[cli]'\n"
        ) == ran.stderr
