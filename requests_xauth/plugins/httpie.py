"""``http --auth-type xpkit``: a preset's token for HTTPie, kept in the file store.

Rule: a secret comes from the environment or is asked for: none from a command line, none
into a session's file. HTTPie imports this file in each of its runs, and only warns of an
error meanwhile: the presets are imported when a request is prepared.
"""

from __future__ import annotations

import getpass
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from inspect import signature
from typing import TYPE_CHECKING, Any, ClassVar

from httpie.plugins import AuthPlugin
from requests.auth import AuthBase

if TYPE_CHECKING:
    from requests import PreparedRequest

    from .._auth import XAuth

# What `http` has no option for, and the presets no variable of their own.
_ARGUMENTS = ("base_url", "hosts", "scope", "account")


class PresetPlugin(AuthPlugin):  # type: ignore[misc]  # HTTPie has no types
    """
    What the plug-ins share.

    Attributes:
        asks: The preset's argument that ``-a`` gives, and the secret that goes with it.
    """

    # Whatever is needed may be in the environment.
    auth_require = False
    # Parsed by HTTPie, a secret that was typed in looks like one of the command line.
    auth_parse = False
    asks: ClassVar[tuple[str, str]] = ("client_id", "client_secret")
    raw_auth: str | None

    def get_auth(
        self,
        username: str | None = None,  # noqa: ARG002  # HTTPie's; parsed by nobody
        password: str | None = None,  # noqa: ARG002  # as username
    ) -> PresetAuth:
        """Return what signs the request; raise nothing, which would be a traceback."""
        auth = PresetAuth(self.auth_type, self.asks, self.raw_auth)
        if auth.is_refused:
            self.raw_auth = None  # HTTPie writes it into a session's file
        return auth


class XPKitPlugin(PresetPlugin):
    """``--auth-type xpkit``."""

    name = "XPKit"
    auth_type = "xpkit"
    description = "XPKit's client credentials"


class XeePlugin(PresetPlugin):
    """``--auth-type xee``."""

    name = "Xee"
    auth_type = "xee"
    description = "The token of a person who has logged in at Xee"


class XMLdationPlugin(PresetPlugin):
    """``--auth-type xmldation``; a person is asked for, not a client."""

    name = "XMLdation"
    auth_type = "xmldation"
    description = "XMLdation's password grant"
    asks = ("username", "password")


class M2MPlugin(PresetPlugin):
    """``--auth-type m2m``."""

    name = "M2M"
    auth_type = "m2m"
    description = "M2M's client credentials"


class PresetAuth(AuthBase):
    """
    A preset that is made when the request is prepared: then HTTPie tells errors plainly.

    Attributes:
        is_refused: Whether the command line held more than it should.
    """

    def __init__(self, name: str, asks: tuple[str, str], typed: str | None) -> None:
        """
        Keep what was *typed* after ``-a``, unless there is a secret in it.

        Args:
            name: The preset's name.
            asks: The names of what ``-a`` gives and of its secret.
            typed: What ``-a`` gave; None without it.
        """
        self.is_refused = ":" in (typed or "")
        self._name = name
        self._asks = asks
        self._typed = None if self.is_refused else typed

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """
        Sign *r* with a token of the file store, obtained if there is none.

        Raises:
            ConfigError: If a value is missing, or there is a secret after ``-a``.
            TokenRequestError: If there is no token to be had.
            StoreError: If the store cannot be read or written.
        """
        # HTTPie loads this file for every request, ours or not: 20 ms spared.
        from .._tables import preset  # noqa: PLC0415  # see above

        found = preset(self._name)
        prefix = found.provider.environ or ""
        with _plainly(lambda text: _in_words_of_http(text, prefix, self._asks)):
            make: Callable[..., XAuth] = found.auth
            given = _from_environment(prefix, signature(found.auth).parameters)
            auth = make(store="file", **given, **self._from_person(prefix))
            return auth(r)

    def _from_person(self, prefix: str) -> dict[str, str]:
        """Return the id given with -a and its secret, known already or typed in now."""
        from ..errors import ConfigError  # noqa: PLC0415  # as above

        name, secret = self._asks
        who, known = (f"{prefix}_{one.upper()}" for one in self._asks)
        # The secret of the environment is that of the id in the environment, no other's.
        both = f"{who} and {known}"
        if self.is_refused:
            raise ConfigError(
                f"-a takes the {_spoken(name)} alone, since a command line can be read by"
                f" others. You are asked for the {_spoken(secret)}, or set {both}."
            )
        if self._typed is None:
            return {}
        is_known = os.environ.get(who) == self._typed
        if is_known and os.environ.get(known):
            return {name: self._typed}
        typed = _typed_in(f"http: {_spoken(secret)} of {self._typed}: ")
        if not typed:
            raise ConfigError(f"No {_spoken(secret)} was typed in: set {both}.")
        return {name: self._typed, secret: typed}


def _typed_in(prompt: str) -> str | None:
    """Return what a person types unseen; None where there is none, or no terminal."""
    with warnings.catch_warnings():
        # It would go on to read the request's body, and show it.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(prompt)
        except (EOFError, getpass.GetPassWarning):
            return None


def _from_environment(prefix: str, wanted: Mapping[str, object]) -> dict[str, Any]:
    """Return what XPKIT_BASE_URL and the like give of the *wanted* arguments."""
    found: dict[str, Any] = {
        name: os.environ.get(f"{prefix}_{name.upper()}")
        for name in _ARGUMENTS
        if name in wanted
    }
    if found["hosts"]:
        found["hosts"] = found["hosts"].replace(",", " ").split()
    return {name: value for name, value in found.items() if value}


@contextmanager
def _plainly(words: Callable[[str], str]) -> Iterator[None]:
    """Tell our errors and warnings in HTTPie's way, each in one line."""
    from ..errors import (  # noqa: PLC0415  # as above
        ProviderUnavailable,
        TokenRequestError,
        XAuthError,
    )

    with warnings.catch_warnings():
        warnings.showwarning = _shower(words, warnings.showwarning)
        try:
            yield
        except ProviderUnavailable as error:
            # Of a ConnectionError HTTPie may tell the innermost cause alone, which says
            # neither who nor what.
            raise TokenRequestError(words(str(error))) from error
        except XAuthError as error:
            error.args = (words(str(error)),)
            raise


def _shower(
    words: Callable[[str], str], shown: Callable[..., None]
) -> Callable[..., None]:
    """Return what shows a warning of ours in a line, and another as *shown* does."""
    from ..errors import UnsignedRequestWarning  # noqa: PLC0415  # as above

    def show(message: Warning | str, kind: type[Warning], *where: Any) -> None:
        """Write a warning of ours in the form that HTTPie's own have."""
        if issubclass(kind, UnsignedRequestWarning):
            sys.stderr.write(f"\nhttp: warning: {words(str(message))}\n\n")
        else:
            shown(message, kind, *where)

    return show


def _in_words_of_http(text: str, prefix: str, asks: tuple[str, str]) -> str:
    """Return *text* with the words of a command line for those of Python."""
    asked = "|".join(asks)
    rows = (
        (rf"pass (?:{asked})= or set (\w+)", r"set \1, or use -a"),
        (r"pass \w+= or set", "set"),
        (r"\bhosts=", f"{prefix}_HOSTS"),
        (r"make an auth for that region: region=", f"use {prefix}_REGION="),
        (
            r", with auth\.\w+\(\)(?: and auth\.\w+\(\))?",
            ', in Python with store="file"',
        ),
    )
    for pattern, words in rows:
        text = re.sub(pattern, words, text)
    return " ".join(text.split())


def _spoken(name: str) -> str:
    return name.replace("_", " ")
