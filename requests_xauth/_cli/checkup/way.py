"""The way to the token endpoint: its name, a connection, its certificate, its clock.

Rule: nothing secret goes this way before its end; what a step meets is raised, and told
by whoever runs the steps.
"""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import requests
from requests.utils import default_user_agent
from urllib3.util.ssl_ import create_urllib3_context

from ..._expiry import date_of
from ..._timeouts import within
from ..._version import __version__
from ..._wire import Post
from ..durations import told_s
from .case import Case, Skip, bundle_of
from .met import fault_of

# What JWT libraries allow between two clocks by default (Microsoft.IdentityModel's
# ClockSkew), and Kerberos too (RFC 4120, section 8.2).
CLOCKS_S = 300.0
_SHOWN_ADDRESSES = 3


def look_up(case: Case) -> str:
    """Ask for the addresses of the host's name."""
    case.target = case.first_target()
    rows = socket.getaddrinfo(
        case.target.host, case.target.port, type=socket.SOCK_STREAM
    )
    found = list(dict.fromkeys(str(row[4][0]) for row in rows))
    if found == [case.target.host]:
        return f"{case.target.kind}{case.target.host} is an address"
    more = ", ..." if found[_SHOWN_ADDRESSES:] else ""
    shown = ", ".join(found[:_SHOWN_ADDRESSES])
    return f"{case.target.kind}{case.target.host} is {shown}{more}"


def connect(case: Case) -> str:
    """Connect."""
    place = case.target.host, case.target.port
    case.line = case.open.enter_context(socket.create_connection(place, case.timeout_s))
    return f"connected to {case.target}"


def shake_hands(case: Case) -> str:
    """Check the certificate, by the authorities that a token request would trust."""
    line, verify = case.line, case.route()["verify"]
    if not case.token_url.startswith("https:"):
        raise Skip("plain http, to this machine")
    if case.target.kind:
        raise Skip("within the proxy's connection, where the next step meets it")
    assert line is not None  # noqa: S101  # the step before has connected
    context = _context(case, verify=verify)
    safe = case.open.enter_context(
        context.wrap_socket(line, server_hostname=case.target.host)
    )
    ends = dict(safe.getpeercert() or {}).get("notAfter")
    until = f"good until {ends}" if ends else "NOT checked: verify is False"
    return f"{safe.version()}, certificate {until}"


def _context(case: Case, *, verify: bool | str | None) -> ssl.SSLContext:
    # As requests makes it, so that what is trusted here is trusted there.
    context = create_urllib3_context()
    context.check_hostname = verify is not False
    context.verify_mode = ssl.CERT_NONE if verify is False else ssl.CERT_REQUIRED
    place = Path(bundle_of(verify))
    kind = "capath" if place.is_dir() else "cafile"
    try:
        context.load_verify_locations(**{kind: str(place)})
    except OSError as error:  # of ssl too
        why = error.strerror or "no certificates in it"
        raise case.stop("bundle", f"{place}: {why}") from error
    return context


def ask(case: Case) -> str:
    """Ask the token endpoint for its headers: no credentials, and no token is made."""
    agent = f"requests-xauth/{__version__} {default_user_agent()}"
    request = requests.Request("HEAD", case.token_url, {"User-Agent": agent}).prepare()
    # The way that a token request goes, its deadline, proxies and trust included.
    post = Post(request, case.setup.session)
    pair, clock = (case.timeout_s, case.timeout_s), case.setup.clock
    began_at = clock()
    try:
        response = post.send(within(pair, case.timeout_s), case.timeout_s).response
    except Exception as error:
        if fault_of(error)[0] == "broken":
            raise Skip("no answer to a HEAD; a token request may get one") from error
        raise
    if response.status_code == 407:  # RFC 9110, section 15.5.8: a proxy says so
        raise case.stop("proxy", "HTTP 407")
    date_at = date_of(response.headers.get("Date"))
    if date_at is not None:
        # The Date has no fractions: on the average it is half a second old.
        case.offset_s = (began_at + clock()) / 2 - date_at - _age_s(response) - 0.5
    return f"HTTP {response.status_code} to a HEAD without credentials"


def compare_clocks(case: Case) -> str:
    """Compare our clock with the Date of the answer."""
    offset_s = case.offset_s
    if offset_s is None:
        raise Skip("the answer does not say what time it is there")
    where = "ahead of" if offset_s > 0 else "behind"
    unit_s = 60 if abs(offset_s) > CLOCKS_S else 1
    apart = f"{told_s(round(abs(offset_s) / unit_s) * unit_s)} {where}"
    if abs(offset_s) > CLOCKS_S:
        raise case.stop("clock", f"{apart} the provider's", apart=apart)
    return f"{apart} the provider's" if abs(offset_s) >= 1.5 else "as the provider's"


def _age_s(response: requests.Response) -> float:
    # RFC 9111, section 5.1: how long a cache has had the answer.
    age = response.headers.get("Age", "")
    return float(age[:9]) if age.isascii() and age.isdigit() else 0.0
