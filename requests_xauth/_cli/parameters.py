"""What a word of the command line has to be: an URL, a header field.

Rule: what cannot be right is a usage error, before anything is read or sent.
"""

from __future__ import annotations

import os
import re

import click
import requests

from .._hosts import place_of, shown_url

Headers = dict[str, bytes]

# RFC 9110, sections 5.1, 5.5 and 9.1
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELD = re.compile(rf"({_TOKEN.pattern}):([^\r\n\0]*)")


def http_url(
    _context: click.Context, _parameter: click.Parameter, url: str | None
) -> str | None:
    """
    Return *url* if a request can be sent there.

    Raises:
        BadParameter: If it is no http or https URL.
    """
    if url is None:
        return None
    if place_of(url) is None:
        raise click.BadParameter(f"{shown_url(url)} is no http or https URL.")
    try:
        requests.Request("GET", url).prepare()
    except requests.RequestException as error:
        raise click.BadParameter(str(error)) from error
    return url


def method_name(
    _context: click.Context, _parameter: click.Parameter, method: str
) -> str:
    """
    Return *method* in capitals.

    Raises:
        BadParameter: If it is none.
    """
    if _TOKEN.fullmatch(method) is None:
        raise click.BadParameter(f"{method!r} is no method.")
    return method.upper()


def header_fields(
    _context: click.Context, _parameter: click.Parameter, lines: tuple[str, ...]
) -> Headers:
    """
    Return the fields of *lines*, each as "Name: value"; one name's are one field.

    Raises:
        BadParameter: If one is no header field, or is Authorization.
    """
    fields: Headers = {}
    for line in lines:
        found = _FIELD.fullmatch(line)
        if found is None:
            raise click.BadParameter(f"{line!r} is no 'Name: value'.")
        if found[1].lower() == "authorization":
            raise click.BadParameter("Authorization carries the provider's token.")
        same = [name for name in fields if name.lower() == found[1].lower()]
        before = [fields.pop(name) for name in same]
        # RFC 9110, section 5.2, and RFC 6265, section 5.4
        between = b"; " if found[1].lower() == "cookie" else b", "
        fields[found[1]] = between.join([*before, as_typed(found[2].strip())])
    return fields


def as_typed(text: str) -> bytes:
    """Return the bytes of a word of the command line, whatever their encoding."""
    return os.fsencode(text)
