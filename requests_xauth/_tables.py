"""What is known of the presets, as rows for the command line and the documentation.

Rule: nothing is stated here; all of it is read from the folder of providers: their
records, their tables and the signatures of their Auth classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from inspect import Parameter, signature
from pkgutil import iter_modules
from types import MappingProxyType, ModuleType
from typing import NamedTuple

from . import providers
from ._auth import XAuth
from ._provider import Provider
from ._verdict import KEEP, LOGIN, MAYBE, RENEW, STANDARD, Policy, Verdict

# What a verdict means for the caller.
MEANINGS: Mapping[Verdict, str] = MappingProxyType(
    {
        RENEW: "renewed, and sent once more",
        MAYBE: "renewed, and sent once more, as long as that helps",
        KEEP: "handed to the caller; the token stays",
        LOGIN: "handed to the caller; a person logs in again",
    }
)
# Whose rows STANDARD's are.
OWN = "your own"
# Stands for a root that only the user knows; RFC 6761 keeps it from being anybody's.
_HOST = "base-url.invalid"


class Answer(NamedTuple):
    """
    One answer of an API and what follows from it.

    Attributes:
        provider: The provider's name, or `OWN` for a `Provider` without a policy.
        status: The HTTP status.
        reason: The reason that comes with it; None: no reason, or one without a row.
        verdict: What it says of the token.
    """

    provider: str
    status: int
    reason: str | None
    verdict: Verdict


class Place(NamedTuple):
    """
    Where a preset's provider is.

    Attributes:
        region: The region, or None where there are none.
        token_url: The token endpoint.
        authorize_url: The authorization endpoint, or None.
        hosts: Which hosts may see the token.
    """

    region: str | None
    token_url: str
    authorize_url: str | None
    hosts: tuple[str, ...]


class Kind(NamedTuple):
    """
    One Auth class.

    Attributes:
        name: What the command line calls it: the file's name, and whatever else the class
            is named, such as "xpkit" and "xpkit-user".
        auth: The class.
        client_auth: How its client authenticates.
    """

    name: str
    auth: type[XAuth]
    client_auth: str


class Preset(NamedTuple):
    """
    One file of the folder of providers.

    Attributes:
        name: The file's name, by which the command line calls it.
        provider: A record of it; of one of its regions where there are several.
        auth: The Auth class of that name.
        classes: All its Auth classes.
        environ: The environment variables that those look up.
        places: Where it is.
    """

    name: str
    provider: Provider
    auth: type[XAuth]
    classes: tuple[type[XAuth], ...]
    environ: tuple[str, ...]
    places: tuple[Place, ...]


def names() -> tuple[str, ...]:
    """Return the names of the presets, from the folder's listing."""
    return tuple(module.name for module in iter_modules(providers.__path__))


def preset(name: str) -> Preset:
    """Return what the file *name* in the folder of providers holds."""
    module = import_module(f"{providers.__name__}.{name}")
    records = _records(module)
    provider = next(iter(records.values()))
    classes = tuple(v for v in vars(module).values() if _is_own(v, module))
    return Preset(
        name,
        provider,
        next(c for c in classes if c.__name__.lower() == f"{name}auth"),
        classes,
        tuple(dict.fromkeys(v for c in classes for v in _environ(c, provider))),
        tuple(_place(region, record) for region, record in records.items()),
    )


def presets() -> tuple[Preset, ...]:
    """Return every preset."""
    return tuple(preset(name) for name in names())


def kinds_of(one: Preset) -> tuple[Kind, ...]:
    """Return what is known of each Auth class of a preset."""
    return tuple(
        Kind(_name(auth, one), auth, _client_auth(auth, one)) for auth in one.classes
    )


def auths() -> dict[str, type[XAuth]]:
    """Return every Auth class by the name that the command line has for it."""
    return {_name(kind, one): kind for one in presets() for kind in one.classes}


def answers() -> tuple[Answer, ...]:
    """Return which answers renew a token: every row of every table, the standard's last."""
    tables = {one.provider.name: one.provider.policy for one in presets()}
    return tuple(
        row
        for name, policy in {**tables, OWN: STANDARD}.items()
        for row in answers_of(name, policy)
    )


def answers_of(name: str, policy: Policy) -> tuple[Answer, ...]:
    """Return the rows of one table by status, whatever has no reason last."""
    rows = (Answer(name, *row, verdict) for row, verdict in policy.items())
    return tuple(sorted(rows, key=lambda r: (r.status, r.reason is None, r.reason)))


def answers_rst() -> str:
    """Return `answers` as a table in reStructuredText, for the documentation."""
    head = ("Provider", "Status", "Reason", "What follows")
    rows = [
        (
            answer.provider,
            str(answer.status),
            f"``{answer.reason}``" if answer.reason else "any other",
            MEANINGS[answer.verdict],
        )
        for answer in answers()
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = "  ".join("=" * width for width in widths)
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, *rows)]
    return "\n".join((rule, lines[0], rule, *lines[1:], rule)) + "\n"


def _records(module: ModuleType) -> dict[str | None, Provider]:
    needed = [
        name
        for name, parameter in signature(module.provider).parameters.items()
        if parameter.default is Parameter.empty
    ]
    if needed == ["region"]:
        return {region: module.provider(region) for region in module.REGIONS}
    return {None: module.provider(*(f"https://{_HOST}" for _ in needed))}


def _is_own(value: object, module: ModuleType) -> bool:
    is_auth = isinstance(value, type) and issubclass(value, XAuth)
    return is_auth and value.__module__ == module.__name__


def _name(auth: type[XAuth], one: Preset) -> str:
    rest = auth.__name__.lower().removesuffix("auth").removeprefix(one.name)
    return "-".join(filter(None, (one.name, rest)))


def _client_auth(auth: type[XAuth], one: Preset) -> str:
    # Only an object has it: a class may differ from its provider's record.
    make: Callable[..., XAuth] = auth
    known = {"region": one.places[0].region, "base_url": f"https://{_HOST}"}
    made = make(**{name: known.get(name, "any") for name in _needed(auth)})
    return made._setup.provider.client_auth  # noqa: SLF001  # the house's own door


def _needed(auth: type[XAuth]) -> list[str]:
    # Whatever can be given by its position can be given by the environment: a test holds
    # the presets to it.
    return [
        name
        for name, parameter in signature(auth).parameters.items()
        if parameter.kind is Parameter.POSITIONAL_OR_KEYWORD
    ]


def _environ(auth: type[XAuth], provider: Provider) -> list[str]:
    return [f"{provider.environ}_{name.upper()}" for name in _needed(auth)]


def _place(region: str | None, provider: Provider) -> Place:
    root = f"${provider.environ}_BASE_URL"
    return Place(
        region,
        provider.token_url.replace(f"https://{_HOST}", root),
        provider.authorize_url,
        tuple(host.replace(_HOST, f"the host of {root}") for host in provider.hosts),
    )
