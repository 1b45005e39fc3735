"""The wheel: what pip installs.

Rule: each check is shown to find what it looks for.
"""

from __future__ import annotations

import configparser
import email
import re
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def strays(names) -> list[str]:
    """Return those that have no place in a wheel."""
    ours = re.compile(
        r"requests_xauth/([a-z_]+/)*[a-z0-9_]+\.py|requests_xauth/py\.typed"
        r"|requests_xauth-[\d.]+\.dist-info/"
        r"(METADATA|RECORD|WHEEL|entry_points\.txt|licenses/LICENSE|top_level\.txt)"
    )
    return [name for name in names if not ours.fullmatch(name)]


def setup_cfg() -> configparser.ConfigParser:
    """Return what setup.cfg says."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def required(metadata: str) -> dict[str, list[str]]:
    """Return what each extra requires, and "" the package itself."""
    found = {"": []}
    for line in email.message_from_string(metadata).get_all("Requires-Dist"):
        requirement, _, extra = line.partition('; extra == "')
        found.setdefault(extra.rstrip('"'), []).append(requirement)
    return found


class TestWheel:
    """What pip installs."""

    def test_same_whoever_builds_it(self, wheels):
        """
        Wheels of one version are the same, byte for byte, whatever the folder, the umask
        and the files' times; only the time has to be given, by SOURCE_DATE_EPOCH.
        """
        one, other = (path.read_bytes() for path in wheels)

        assert one == other

    def test_permissions(self, wheels):
        """
        Everybody may read what is installed, also where the builder hides their files.
        """
        with zipfile.ZipFile(wheels[1]) as archive:
            modes = {i.filename: i.external_attr >> 16 for i in archive.infolist()}

        assert {} == {name: oct(m) for name, m in modes.items() if not m & 0o004}

    def test_package_alone(self, members):
        """
        There is the package, and what pip has to know; no test, no example, no cache.
        """
        assert [] == strays(members)

    def test_litter_would_be_found(self, members, litter):
        """
        Whatever work leaves in a checkout would be found.
        """
        assert [litter] == strays([*members, litter])

    @pytest.mark.parametrize(
        "name", ["tests/helpers.py", "docs/tables.py", "requests_xauth/notes.txt"]
    )
    def test_stray_would_be_found(self, members, name):
        """
        A file of ours that has no place there would be found.
        """
        assert [name] == strays([*members, name])

    def test_whole_package(self, sources, members):
        """
        Each file of the package is there, as it is in the checkout.
        """
        package = {n for n in members if n.startswith("requests_xauth/")}
        inside = (p for p in (sources[0] / "requests_xauth").rglob("*") if p.is_file())
        expected = {
            p.relative_to(sources[0]).as_posix(): p.read_bytes() for p in inside
        }

        assert expected == {name: members[name] for name in package}
        assert {"requests_xauth/py.typed", "requests_xauth/_auth.py"} <= package

    def test_requirements(self, members):
        """
        The core needs three libraries; each extra brings what setup.cfg says.
        """
        metadata = next(members[n] for n in members if n.endswith("/METADATA")).decode()
        found = required(metadata)
        core = {re.split("[>=]", requirement)[0] for requirement in found[""]}
        extras = setup_cfg()["options.extras_require"]

        assert {"requests", "requests-oauthlib", "oauthlib"} == core
        assert {"", *extras} == found.keys()
        for extra, lines in extras.items():
            said = [x for x in lines.split("\n") if x and not x.startswith("#")]
            assert said == found[extra]

    def test_entry_points(self, members):
        """
        The command and the plug-ins are declared as setup.cfg has them.
        """
        told = next(members[n] for n in members if n.endswith("/entry_points.txt"))
        found = configparser.ConfigParser()
        found.read_string(told.decode())
        declared = setup_cfg()["options.entry_points"]

        assert set(declared) == set(found.sections())
        for group, lines in declared.items():
            said = {f"{name} = {value}" for name, value in found[group].items()}
            assert set(lines.strip().split("\n")) == said

    def test_licence(self, members):
        """
        The licence comes along, whole.
        """
        inside = next(n for n in members if n.endswith("/METADATA")).partition("/")[0]

        assert (ROOT / "LICENSE").read_bytes() == members[f"{inside}/licenses/LICENSE"]
        assert b"\nLicense-File: LICENSE\n" in members[f"{inside}/METADATA"]
