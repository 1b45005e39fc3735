"""How an auth object shows itself in a notebook: a small table with the time left.

Rule: marks and moments only, as in `_display`, and every text escaped; the colours are
the page's own, so that it can be read on a dark one.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ._display import explanation
from .errors import StoreError

if TYPE_CHECKING:
    from ._display import Explanation
    from ._engine import Engine
    from ._setup import Setup

# The unit of a duration: the largest of which there are two or more.
_UNITS = ((172_800, 86_400, "days"), (7_200, 3_600, "h"), (120, 60, "min"))
_CELL = "text-align: left; padding: 0.1em 1em 0.1em 0; font-weight: normal"


def card(kind: str, setup: Setup, engine: Engine) -> str:
    """Return HTML that says what the auth object is for and how its token fares."""
    try:
        told = explanation(setup, engine)
    except StoreError as error:
        rows = [("Store", html.escape(str(error)))]
    else:
        rows = list(_rows(told, setup.clock()))
    provider = setup.provider
    title = provider.name + (f" ({provider.region})" if provider.region else "")
    rows.insert(0, ("Client", html.escape(setup.grant.client_id)))
    body = "".join(
        f'<tr><th scope="row" style="{_CELL}; opacity: 0.75">{name}</th>'
        f'<td style="{_CELL}">{value}</td></tr>'
        for name, value in rows
    )
    return (
        f'<table style="border-collapse: collapse"><caption style="text-align: left">'
        f"<strong>{html.escape(title)}</strong> {html.escape(kind)}</caption>"
        f"<tbody>{body}</tbody></table>"
    )


def span(seconds: float) -> str:
    """Return a duration in words, in the largest unit of which there are two."""
    for least, unit_s, name in _UNITS:
        if seconds >= least:
            return f"{seconds // unit_s:.0f} {name}"
    return f"{max(0.0, seconds):.0f} s"


def _rows(told: Explanation, now_at: float) -> Iterator[tuple[str, str]]:
    if told.account is not None:
        yield "Account", html.escape(told.account)
    yield "Scopes", html.escape(" ".join(told.scope)) or "not told"
    yield "Token", _token(told)
    if told.mark is not None:
        yield "Time left", _left(told)
    if told.last_renewal is not None:
        renewal = told.last_renewal
        ago = span(now_at - renewal.obtained_at)
        yield "Last renewal", html.escape(f"{ago} ago ({renewal.why}, {renewal.how})")
    yield "Store", html.escape(told.store)


def _token(told: Explanation) -> str:
    if told.mark is None:
        return "none yet"
    more = ", renewable" if told.refreshable else ""
    return f"<code>{told.mark}</code> from {html.escape(told.source or '')}{more}"


def _left(told: Explanation) -> str:
    if told.left_s is None:
        return "unknown"
    words = "ended" if told.left_s <= 0 else span(told.left_s)
    life_s = max(1.0, told.left_s + (told.age_s or 0.0))
    part = min(1.0, max(0.0, told.left_s / life_s))
    # A meter tells its value to a screen reader too, and takes the browser's colours.
    return (
        f'<meter min="0" max="1" low="0.2" optimum="1" value="{part:.3f}"'
        f' aria-label="time left">{words}</meter> {words}'
    )
