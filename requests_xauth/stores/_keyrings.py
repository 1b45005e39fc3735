"""The system keyring: found, or refused with what to install.

Rule: nothing is kept where others could read it unless its user has asked for that; a
keyring's errors become ours here, and their words are shown only where they are keyring's.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager

import keyring
import keyring.core
from keyring.backend import KeyringBackend, by_priority, get_all_keyring
from keyring.backends import chainer, fail, null
from keyring.errors import KeyringError, KeyringLocked

from ..errors import StoreError

_INSTALL = (
    "Install one: gnome-keyring or KWallet on Linux, in a D-Bus session (without a desktop:"
    " dbus-run-session), with pip install SecretStorage; macOS and Windows have theirs."
    " Or keep tokens in files: store='file'."
)


def usable() -> KeyringBackend:
    """
    Return the keyring that is there.

    Raises:
        StoreError: If there is none, or only one that keyring does not recommend, such as
            a file in plain text, and that nobody has asked for.
    """
    with told("opened"):
        backend = keyring.get_keyring()
    _check(backend)
    return backend


@contextmanager
def told(act: str) -> Iterator[None]:
    """
    Turn whatever a keyring raises within into our own error: it cannot be *act*.

    Raises:
        StoreError: With keyring's words, and what to do.
    """
    try:
        yield
    except Exception as error:
        advice = "See that its service runs, and that it is unlocked."
        if isinstance(error, KeyringLocked):
            advice = "Unlock it."
        kind = type(error).__name__
        # The words of others may be of any kind: they stay in the cause.
        said = str(error).rstrip(".!") if isinstance(error, KeyringError) else ""
        raise StoreError(
            f"The system keyring cannot be {act}: {said or kind}. {advice}"
        ) from error


@functools.lru_cache(maxsize=8)  # a priority may cost a connection to the service
def _check(backend: KeyringBackend) -> None:
    with told("opened"):
        writer = _writer(backend)
        priority = writer.priority
    if isinstance(writer, fail.Keyring | chainer.ChainerBackend):
        raise StoreError(
            f"There is no system keyring that can be used here. {_INSTALL}"
        )
    if isinstance(writer, null.Keyring):
        raise StoreError(
            "The system keyring is switched off here, by keyring.backends.null.Keyring:"
            " choose another backend for keyring, or keep tokens in files: store='file'."
        )
    # keyring's own measure: those below 1 are suitable, but not recommended.
    if priority < 1 and not _asked_for(backend):
        raise StoreError(
            f"The only keyring here is {_name(writer)}, which keyring does not recommend,"
            f" since it may keep secrets in plain text. {_INSTALL} To use this one all the"
            f" same, set PYTHON_KEYRING_BACKEND={_name(writer)}."
        )


def _writer(backend: KeyringBackend) -> KeyringBackend:
    # A chain writes to its first, and reads what none before has.
    chain = backend.backends if isinstance(backend, chainer.ChainerBackend) else []
    return chain[0] if chain else backend


def _asked_for(backend: KeyringBackend) -> bool:
    if os.environ.get("PYTHON_KEYRING_BACKEND") or keyring.core.load_config():
        return True
    # By keyring.set_keyring(): then it is another object than what keyring would choose,
    # which is one of these, made once.
    chosen = max(get_all_keyring(), key=by_priority, default=None)
    return backend is not chosen


def _name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"
