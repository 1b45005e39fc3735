"""The blocks of a page in reStructuredText, for tests that run them.

Rule: what is found is found by its indentation, as a reader finds it; no library.
"""

import re
from itertools import takewhile
from typing import NamedTuple


class Block(NamedTuple):
    """One block: the heading it stands under, its language, its text, its first line."""

    section: str
    language: str
    text: str
    line: int


def blocks(text):
    """Return the code blocks and, as language "", the literal blocks of a page."""
    lines = text.splitlines()
    section, found = "", []
    for number, line in enumerate(lines):
        if _is_heading(lines, number):
            section = line
        directive = re.fullmatch(r"\.\. code-block:: (\w+)", line)
        if directive or (line.endswith("::") and not line.startswith("..")):
            block = _indented(lines, number + 1)
            language = directive[1] if directive else ""
            found.append(Block(section, language, block, number + 3))
    return found


def sections(text):
    """Return the text under each heading; before the first one, under "" ."""
    lines = text.splitlines()
    name, found = "", {"": ""}
    for number, line in enumerate(lines):
        if _is_heading(lines, number):
            name = line
        found[name] = found.get(name, "") + line + "\n"
    return found


def rows(text):
    """Return the rows of the first simple table in *text*, its head left out."""
    rule, *rest = text[re.search(r"(?m)^=+( +=+)+$", text).start() :].splitlines()
    columns = [match.span() for match in re.finditer("=+", rule)]
    ends = [end for _, end in columns[:-1]] + [None]
    body = takewhile(lambda line: line != rule, rest[rest.index(rule) + 1 :])
    starts = [start for start, _ in columns]
    found = [
        tuple(line[a:b].strip() for a, b in zip(starts, ends, strict=True))
        for line in body
    ]
    # A line without a first cell goes on with the row above it.
    return [row for row in found if row[0]]


def _is_heading(lines, number):
    under = lines[number + 1] if number + 1 < len(lines) else ""
    line = lines[number]
    return bool(re.fullmatch(r"([=~-])\1{2,}", under)) and len(under) == len(line) > 0


def _indented(lines, start):
    body = takewhile(lambda line: not line or line.startswith("    "), lines[start:])
    return "\n".join(line[4:] for line in body).strip("\n") + "\n"
