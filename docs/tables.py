"""Write the README's tables anew, from the records and tables of the package.

Rule: what the package knows is stated nowhere else; README.rst holds copies, each between
two marks, and a test compares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from requests_xauth._tables import answers_rst, presets

README = Path(__file__).parent.parent / "README.rst"


def places_rst() -> str:
    """Return where each preset asks for tokens, and which hosts may see them."""
    return table(
        ("Provider", "Token endpoint", "Hosts that may see the token"),
        [
            (
                ", ".join(filter(None, (one.provider.name, place.region))),
                literal(place.token_url),
                ", ".join(map(literal, place.hosts)),
            )
            for one in presets()
            for place in one.places
        ],
    )


def environ_rst() -> str:
    """Return which environment variables each preset looks up."""
    return table(
        ("Provider", "Environment variables"),
        [
            (one.provider.name, ", ".join(map(literal, one.environ)))
            for one in presets()
        ],
    )


TABLES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {"places": places_rst, "environment": environ_rst, "answers": answers_rst}
)


def literal(text: str) -> str:
    """Return *text* as a literal, unless it is words."""
    return text if " " in text else f"``{text}``"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a simple table in reStructuredText."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = "  ".join("=" * width for width in widths)
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, *rows)]
    return "\n".join((rule, lines[0], rule, *lines[1:], rule)) + "\n"


def written(text: str) -> str:
    """Return *text* with the tables between its marks as they are now."""
    for name, table_of in TABLES.items():
        marks = rf"(?s)(\.\. begin {name}\n).*?(\.\. end {name}\n)"
        block = f"\n{table_of()}\n"
        text = re.sub(marks, lambda m, b=block: m[1] + b + m[2], text)
    return text


if __name__ == "__main__":
    README.write_text(written(README.read_text("utf-8")), "utf-8")
