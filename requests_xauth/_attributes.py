"""What an OAuth2Session shows of itself, told as the auth object has it.

Rule: nothing is kept twice. What can be set reaches the auth object; what cannot is a
ConfigError, never a value that nobody reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ._auth import XAuth
from ._given import check
from ._saved import token_from
from ._updater import move, subscribe, unsubscribe
from .errors import ConfigError

if TYPE_CHECKING:
    from ._engine import Engine
    from ._setup import Setup
    from ._token import Token

Update = Callable[[dict[str, Any]], object]

# Where a token comes from that the caller has given to this very object.
_ITS_OWN = frozenset({"given", "pickle"})


class View:
    """A setting of OAuth2Session's that only the auth object decides."""

    def __init__(self, look: Callable[[Setup], Any]) -> None:
        """Show what *look* finds."""
        self._look = look

    def __set_name__(self, owner: type, name: str) -> None:
        """Know its name, for the error."""
        self._name = name

    def __get__(self, session: Attributes | None, owner: type) -> Any:
        """Show the setting."""
        return self if session is None else self._look(session._setup)  # noqa: SLF001  # this module's own class

    def __set__(self, session: Attributes, value: object) -> None:
        """Accept what is so already; raise ConfigError for anything else."""
        check(session._setup, {self._name: value})  # noqa: SLF001  # as above


class Attributes:
    """
    The attributes of an `XAuthSession`.

    Attributes:
        client_id: The client id.
        scope: The scope that is asked for, a list, or None.
        redirect_uri: Where the browser comes back to after a login, or None.
        auto_refresh_url: The token URL.
        auto_refresh_kwargs: Nothing: what a token request needs the auth object has.
    """

    _xauth: XAuth
    _signer: Any
    _updater: Update | None = None
    _shown: Callable[[Token], dict[str, Any]]

    client_id: Any = View(lambda setup: setup.grant.client_id)
    scope: Any = View(lambda setup: list(setup.grant.scope or ()) or None)
    redirect_uri: Any = View(lambda setup: getattr(setup.grant, "redirect_uri", None))
    auto_refresh_url: Any = View(lambda setup: setup.provider.token_url)
    auto_refresh_kwargs: Any = View(lambda _: {})

    @property
    def auth(self) -> Any:
        """
        What signs the requests: the auth object, or what was set in its place.

        Set to another `XAuth`, the whole session is that one's; set to None, its own
        signs again; anything else signs as it does in any session of requests.
        """
        return self._signer

    @auth.setter
    def auth(self, auth: Any) -> None:
        """Sign with *auth* from now on."""
        if isinstance(auth, XAuth) and auth is not self._xauth:
            updater, self.token_updater = self._updater, None
            self._xauth = auth
            self.token_updater = updater
        self._signer = self._xauth if auth is None else auth

    @property
    def token(self) -> Any:
        """
        The current token as a dict, empty if there is none; no token request.

        Set to a token saved earlier it replaces the auth object's; set to an empty one,
        that is forgotten.
        """
        token = self._xauth.token
        return {} if token is None else self._shown(token)

    @token.setter
    def token(self, token: Any) -> None:
        """Replace the token, or forget it."""
        if token:
            self._engine.take(self._saved(token), "given")
        else:
            self._xauth.forget()

    @property
    def access_token(self) -> Any:
        """The current access token, or None; set, it replaces the one there is."""
        return self.token.get("access_token")

    @access_token.setter
    def access_token(self, access_token: Any) -> None:
        """Replace the token, or forget it."""
        held = self._xauth.token
        refresh_token = held.refresh_token if held else None
        self.token = access_token and {
            "access_token": access_token,
            "refresh_token": refresh_token,
        }

    @access_token.deleter
    def access_token(self) -> None:
        """Forget the token."""
        self._xauth.forget()

    @property
    def authorized(self) -> bool:
        """Whether there is a token already; the first request may obtain one."""
        return self._xauth.token is not None

    @property
    def token_updater(self) -> Any:
        """What is called with the token after each automatic renewal, or None."""
        return self._updater

    @token_updater.setter
    def token_updater(self, update: Any) -> None:
        """Call *update* from now on."""
        if update is not None and not callable(update):
            kind = type(update).__name__
            raise ConfigError(f"token_updater= must be callable, not {kind}.")
        unsubscribe(self._engine, self)
        self._updater = update
        if update is not None:
            subscribe(self._engine, self, update, self._shown)

    @property
    def compliance_hook(self) -> Any:
        """The hooks of the auth object's endpoint, by kind; what is set is added."""
        return self._engine.endpoint.compliance_hook

    @compliance_hook.setter
    def compliance_hook(self, hooks: Mapping[str, Any]) -> None:
        """Add *hooks* to those there are."""
        for kind, own in hooks.items():
            for hook in tuple(own):
                self.register_compliance_hook(kind, hook)

    def register_compliance_hook(
        self, hook_type: str, hook: Callable[..., Any]
    ) -> None:
        """
        Let *hook* change requests or answers of the auth object, in all its sessions.

        A hook of token requests may change what they ask for: of the grants of machines
        the object then shares no token with its equals, but for those in a ``store=``,
        where an ``account=`` of its own keeps it apart.

        Args:
            hook_type: "access_token_request", "access_token_response",
                "refresh_token_request", "refresh_token_response" or "protected_request".
            hook: Called as OAuth2Session calls it; it returns what it was given.

        Raises:
            ConfigError: If there is no such kind; it is a ValueError.
        """
        hooks = self.compliance_hook
        if hook_type not in hooks:
            raise ConfigError(
                f"No compliance hook named {hook_type!r}. Known: {', '.join(hooks)}."
            )
        hooks[hook_type].add(hook)
        if hook_type != "protected_request" and self._setup.shares:
            _part(self._xauth)

    @property
    def _setup(self) -> Setup:
        return self._xauth._setup  # noqa: SLF001  # the house's own door

    @property
    def _engine(self) -> Engine:
        return self._xauth._engine  # noqa: SLF001  # as above

    def _saved(self, token: object) -> Token:
        return token_from(token, self._setup.provider, self._setup.clock())


def _part(auth: XAuth) -> None:
    old, state = auth._engine, auth._state  # noqa: SLF001  # the house's own door
    auth._set_up(auth._setup.apart())  # noqa: SLF001  # as above
    move(old, auth._engine)  # noqa: SLF001  # as above
    # Any other may be one that an equal object has asked for.
    if state.signed and state.source in _ITS_OWN:
        auth._engine.take(state.signed.token, state.source)  # noqa: SLF001  # as above
