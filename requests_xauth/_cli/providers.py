"""``requests-xauth providers``: what is known of each preset.

Rule: printed from the presets' own records, tables and signatures.
"""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console
from rich.table import Table

from .._tables import MEANINGS, OWN, Answer, Preset, answers_of, kinds_of, presets
from .._verdict import STANDARD
from .screen import print_json, screen


@click.command(short_help="List endpoints, hosts, variables, answers.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def providers(*, as_json: bool) -> None:
    """
    List the providers: endpoints, hosts, environment variables, answers.

    The hosts are those that may see the token. Each answer of the API leads to what is
    printed beside it; an answer that is not listed is handed to the caller.
    """
    if as_json:
        print_json([_document(one) for one in presets()])
        return
    console = screen()
    for one in presets():
        console.print(one.provider.name, style="bold")
        console.print(_facts(one))
        _print_answers(console, answers_of(one.provider.name, one.provider.policy))
    console.print("A Provider of your own, without a policy", style="bold")
    _print_answers(console, answers_of(OWN, STANDARD))


def _print_answers(console: Console, answers: tuple[Answer, ...]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("  answer", "reason", "what follows"):
        table.add_column(title, header_style="dim", overflow="fold")
    for answer in answers:
        reason = answer.reason or "any other"
        table.add_row(f"  {answer.status}", reason, MEANINGS[answer.verdict])
    console.print(table)
    console.print()


def _facts(one: Preset) -> Table:
    record = one.provider
    by_region = [
        (f"  {place.region}:" if place.region else "", place) for place in one.places
    ]
    facts: dict[str, list[str]] = {
        "classes": [
            f"{kind.auth.__name__}: --provider {kind.name}, client auth {kind.client_auth}"
            for kind in kinds_of(one)
        ],
        "environment": list(one.environ),
        "token URL": [p.token_url for _, p in by_region],
        "authorize URL": [p.authorize_url or "" for _, p in by_region],
        "hosts": [host for _, p in by_region for host in p.hosts],
        "bearer": [record.bearer],
        "documentation": [record.docs or ""],
    }
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in ("name", "values"):  # else a long URL is cut, by a sign that is no ASCII
        table.add_column(overflow="fold")
    for name, values in facts.items():
        if any(values):
            table.add_row(f"  {name}", "\n".join(values))
    return table


def _document(one: Preset) -> dict[str, Any]:
    record = one.provider
    return {
        "name": one.name,
        "title": record.name,
        "classes": [
            {
                "class": kind.auth.__name__,
                "name": kind.name,
                "client_auth": kind.client_auth,
            }
            for kind in kinds_of(one)
        ],
        "environment": list(one.environ),
        "places": [place._asdict() for place in one.places],
        "bearer": record.bearer,
        "documentation": record.docs,
        "answers": [
            {
                "status": answer.status,
                "reason": answer.reason,
                "verdict": answer.verdict.value,
            }
            for answer in answers_of(record.name, record.policy)
        ],
    }
