"""What workers do; a new process finds it here."""

import requests
from helpers import in_parallel

KEPT = []


def keep(auth):
    """Start a worker of a pool: it makes one session and keeps it."""
    session = requests.Session()
    session.auth = auth
    KEPT[:] = [session]


def call_with(auth, url):
    """Return what comes of a call that is signed with *auth*."""
    return told(lambda: requests.get(url, auth=auth))


def call_with_session(session, url):
    """Return what comes of a call in *session*, which came by pickle."""
    with session:
        return told(lambda: session.get(url))


def call(url):
    """Return what comes of a call in the session that the worker keeps."""
    return told(lambda: KEPT[0].get(url))


def calls(url, threads):
    """Return what comes of that on several threads at once."""
    return in_parallel(threads, lambda: call(url))


def told(send):
    """Return the status that *send* gets, or its error as text."""
    try:
        return send().status_code
    except requests.RequestException as error:
        return f"{type(error).__name__}: {error}"
