"""Break the core in small ways, one at a time, and see whether the tests notice.

Rule: work is done in a copy of the checkout; a change that no test can notice stands in
equivalent.txt with the reason, any other that survives is a failure.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import tops

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# What each module is broken against: its own tests, and those of who uses it.
TESTS = {
    "_hosts": "hosts unsigned",
    "_verdict": "verdict",
    "_refusals": "refusals hook_again",
    "_auth": "setup signed pickle luggage card display hook_again unsigned code_grants"
    " engine",
    "_engine": "display engine engine_faults hook hook_again code_grants session_login"
    " session_given session_refreshing session_saved session_timeout session_updater",
    "_endpoint": "endpoint request wire session_hooks",
}
# mutmut is one frame more between a warning and whoever is warned.
WITHOUT = (
    "test_unsigned.py::TestRequests::test_the_callers_line",
    "test_hook.py::test_foreign_hosts_get_nothing",
)
CONFIG = """
[mutmut]
source_paths = requests_xauth
only_mutate = requests_xauth/{module}.py
also_copy =
    {also}
# A process of its own for each: a test's threads do not outlive a fork.
process_isolation = forkserver
timeout_constant = 10
timeout_multiplier = 2
pytest_add_cli_args =
    -p
    no:cacheprovider
    -p
    quick_first
    {without}
pytest_add_cli_args_test_selection =
    {tests}
"""
ALSO = ("CHANGES.rst", "README.rst", "docs", "examples", "tox.ini")
NO_TEST = 33

Change = tuple[str, ...]


def copied(place: Path, module: str) -> Path:
    """Return a copy of the checkout that is set up to break *module*."""
    shutil.rmtree(place, ignore_errors=True)
    caches = shutil.ignore_patterns("__pycache__", ".hypothesis")
    for folder in ("docs", "examples", "requests_xauth", "tests"):
        shutil.copytree(ROOT / folder, place / folder, ignore=caches)
    for name in ("CHANGES.rst", "README.rst", "setup.cfg", "tox.ini"):
        shutil.copy(ROOT / name, place)
    config = CONFIG.format(
        module=module,
        also="\n    ".join(ALSO),
        without="\n    ".join(f"--deselect=tests/{name}" for name in WITHOUT),
        tests="\n    ".join(f"tests/test_{name}.py" for name in TESTS[module].split()),
    )
    with (place / "setup.cfg").open("a", encoding="utf-8") as file:
        file.write(config)
    # Python does not look again into a folder that was not there when it began.
    (place / "mutants").mkdir()
    return place


def mutmut(place: Path, *args: str) -> str:
    """Return what mutmut says, run in *place*."""
    done = subprocess.run(
        [Path(sys.executable).with_name("mutmut"), *args],
        cwd=place,
        # For the plug-in; and for Pythons that a test starts, which take the broken one.
        env=os.environ | {"PYTHONPATH": f"{HERE}{os.pathsep}{place / 'mutants'}"},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.exit(done.stdout[-5000:])
    return done.stdout


def change(place: Path, name: str) -> Change:
    """Return the function and the changed lines of the mutant *name*."""
    diff = mutmut(place, "show", name).splitlines()
    lines = [
        x[0] + " " + x[1:].strip() for x in diff if x[:1] in "+-" and x[1:].strip()
    ]
    function = name.rpartition("__mutmut_")[0].rpartition(".")[2]
    function = function.removeprefix("xǁ").removeprefix("x_").replace("ǁ", ".")
    return function, *lines[2:]


def equivalent(module: str) -> dict[Change, str]:
    """Return the changes to *module* that no test can notice, and why."""
    found = {}
    for block in (HERE / "equivalent.txt").read_text(encoding="utf-8").split("\n\n"):
        lines = block.strip().splitlines()
        broken, function = lines[0].split()
        if broken == module:
            changed = [line for line in lines[1:] if line[:2] in {"- ", "+ "}]
            found[(function, *changed)] = " ".join(lines[len(changed) + 1 :])
    return found


def passes(place: Path, module: str) -> bool:
    """Tell whether the tests of *module* pass on what is in *place*."""
    tests = [f"tests/test_{name}.py" for name in TESTS[module].split()]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider", *tests],
            cwd=place,
            env=os.environ | {"PYTHONPATH": str(place)},
            check=False,
            capture_output=True,
            timeout=300,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def in_functions(place: Path, module: str) -> dict[str, Change | None]:
    """Break each function; return the changes by name, None for those noticed."""
    mutmut(place, "run", "--max-children", "1")
    meta = place / "mutants" / "requests_xauth" / f"{module}.py.meta"
    codes = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    unnoticed = {0, NO_TEST}
    return {n: change(place, n) if c in unnoticed else None for n, c in codes.items()}


def at_the_top(place: Path, module: str) -> dict[str, Change | None]:
    """Break what stands at the top, likewise."""
    path, found = place / "requests_xauth" / f"{module}.py", {}
    source = path.read_text(encoding="utf-8")
    for number, (lines, changed) in enumerate(tops.broken(source)):
        path.write_text(changed, encoding="utf-8")
        found[f"top {number}"] = ("top", *lines) if passes(place, module) else None
    path.write_text(source, encoding="utf-8")
    return found


def broken(module: str, scratch: Path) -> bool:
    """Break *module*, tell how its tests fare, and return whether they noticed all."""
    place = copied(scratch / module, module)
    changes = {**in_functions(place, module), **at_the_top(place, module)}
    survivors = [lines for lines in changes.values() if lines]
    listed = equivalent(module)
    unnoticed = [lines for lines in survivors if lines not in listed]
    others = len(changes) - len(survivors) + len(unnoticed)
    score = 100 * (1 - len(unnoticed) / others)
    say(
        f"{module}: {len(changes)} changes, {len(changes) - others} of them equivalent;"
    )
    say(f"  of the others {len(unnoticed)} unnoticed: {score:.1f} % noticed")
    for lines in unnoticed:
        say("", *lines)
    for lines in listed.keys() - set(survivors):
        say("", "no longer unnoticed:", *lines)
    return not unnoticed


def say(*lines: str) -> None:
    """Print the lines at once."""
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def main(scratch: str, *modules: str) -> None:
    """Break the modules, all by default, in the folder *scratch*."""
    noticed = [broken(module, Path(scratch).resolve()) for module in modules or TESTS]
    sys.exit(not all(noticed))


if __name__ == "__main__":
    main(*sys.argv[1:])
