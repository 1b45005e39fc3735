"""What several tests do alike."""

import contextlib
import gc
import threading
import time

import pytest
import requests

from requests_xauth import M2MAuth, XeeAuth, XMLdationAuth, XPKitAuth

# Sessions that the running test has opened.
OPENED = []

PRESETS = ("xpkit", "xee", "xmldation", "m2m")
_KINDS = {
    "xpkit": XPKitAuth,
    "xee": XeeAuth,
    "xmldation": XMLdationAuth,
    "m2m": M2MAuth,
}


def service_of(box, name):
    """Return the sandbox's service of that name."""
    return getattr(box, name)


def auth_of(box, name, **more):
    """Return the preset of that name for the sandbox; Xee's comes logged in."""
    service = service_of(box, name)
    if name == "xee" and "refresh_token" not in more and "store" not in more:
        more["refresh_token"] = service.issue_refresh_token()
    return _KINDS[name](**{**service.credentials, **more})


def session_with(auth):
    """Return a session that signs with *auth*; it is closed after the test."""
    session = requests.Session()
    session.auth = auth
    OPENED.append(session)
    return session


@contextlib.contextmanager
def far_from_utc():
    """Be hours west of UTC, where the system can be told so: Windows cannot."""
    set_zone = getattr(time, "tzset", int)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "EST+5")
        set_zone()
        try:
            yield
        finally:
            patch.undo()
            set_zone()


def status_of(session, url):
    """Return the status of a call; a new process finds this function here."""
    with session:
        return session.get(url).status_code


def in_parallel(number, call):
    """Return what *call* returns or raises in so many threads that start together."""
    barrier = threading.Barrier(number)
    results = []

    def run():
        barrier.wait(10)
        try:
            results.append(call())
        except Exception as error:  # noqa: BLE001  # the result, for the test to judge
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@contextlib.contextmanager
def uncollected():
    """
    Let no garbage be collected meanwhile.

    In the depth of a recursion what it should close stays open: nothing can be called.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def renewals_done():
    """Wait for the renewals that run on threads of their own."""
    for thread in threading.enumerate():
        if thread.name == "xauth-renewal":
            thread.join(30)
