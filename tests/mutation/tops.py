"""What stands at the top of a module, broken in small ways: mutmut leaves tables alone.

Rule: one change at a time, each of them still Python; annotations are left as they are.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

VERDICTS = ("RENEW", "MAYBE", "KEEP", "LOGIN")

Lines = tuple[str, ...]


def broken(source: str) -> Iterator[tuple[Lines, str]]:
    """Yield each change, as the old line and the new one, with all that is then there."""
    for top in ast.parse(source).body:
        if isinstance(top, ast.Assign | ast.AnnAssign) and not _is_type(top.value):
            for node in ast.walk(top.value or ast.Pass()):
                if new := _other(node):
                    yield _replaced(source, node, new)


def _is_type(value: ast.AST | None) -> bool:
    return isinstance(value, ast.Subscript | ast.BinOp)


def _other(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name) and node.id in VERDICTS:
        return VERDICTS[VERDICTS.index(node.id) - 1]
    value = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
    if isinstance(value, str):
        return repr(f"XX{value}XX")
    return None if value is None or isinstance(value, bool) else repr(value + 1)


def _replaced(source: str, node: ast.AST, new: str) -> tuple[Lines, str]:
    lines = source.splitlines(keepends=True)
    line = lines[node.lineno - 1]
    # Columns are counted in bytes.
    head = line.encode()[: node.col_offset].decode()
    tail = lines[node.end_lineno - 1].encode()[node.end_col_offset :].decode()
    changed = [*lines[: node.lineno - 1], head + new + tail, *lines[node.end_lineno :]]
    return (f"- {line.strip()}", f"+ {(head + new + tail).strip()}"), "".join(changed)
