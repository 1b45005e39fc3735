"""One call of the API, and what its answer means.

Rule: which answer is which fault is a table; the body is not read beyond its reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import requests
from requests import Response

from ..._hosts import host_of
from ..._peek import can_read
from ..._verdict import LOGIN, RENEW, reasons, verdict_of
from ...errors import XAuthError
from ..request import on_the_way
from .asking import refused
from .case import Case, Skip, Stop, target_of

# Status -> fault; a class of statuses where there is no row of its own.
_FAULTS: Mapping[int, str] = MappingProxyType(
    {
        401: "api-token",  # RFC 9110, section 15.5.2
        403: "api-permission",  # RFC 9110, section 15.5.4
        404: "api-path",  # RFC 9110, section 15.5.5
        410: "api-path",  # RFC 9110, section 15.5.11
        429: "api-busy",  # RFC 6585, section 4
        4: "api-other",
        5: "api-down",
    }
)
# What the provider's table says of an answer goes first.
_VERDICTS = MappingProxyType({RENEW: "api-token", LOGIN: "login"})
# RFC 6750, section 3: the scope that the resource wants.
_WANTED = re.compile(r'(?i)\bscope\s*=\s*"([^"\\]{1,200})"')


def call(case: Case) -> str:
    """
    Send a GET with the token.

    Raises:
        Stop: If the API refuses it.
    """
    if case.url is None:
        raise Skip("no URL was given")
    if case.token is None:
        raise Skip("there is no token")
    case.target = target_of(case.url)
    with requests.Session() as session:
        session.auth = case.auth
        try:
            response = session.get(
                case.url,
                timeout=case.timeout_s,
                stream=True,
                proxies=on_the_way(case.url),
            )
        except XAuthError as error:
            raise refused(case, error) from error
        with response:
            if not response.ok:
                raise _refusal(case, response)
            return f"HTTP {response.status_code} from {host_of(case.url)}"


def _refusal(case: Case, response: Response) -> Stop:
    status, provider = response.status_code, case.setup.provider
    is_short = can_read(response, stream=True)
    found = reasons(response, provider.read_denial if is_short else None)
    said = " ".join(dict.fromkeys(reason for reason in found if reason))
    fault = _FAULTS.get(status) or _FAULTS[status // 100]
    fault = _VERDICTS.get(verdict_of(status, found, provider.policy), fault)
    if status in {401, 403} and "scope" in said.lower():
        fault = "api-scope"
    seen = f"HTTP {status} from {host_of(response.url)}{said and ': '}{said}"
    wanted = _WANTED.search(response.headers.get("WWW-Authenticate", ""))
    wait = response.headers.get("Retry-After", "")
    return case.stop(
        fault,
        seen,
        step="",
        missing=wanted[1] if wanted else "the scope that this URL needs",
        later=f"in {wait} s" if wait.isascii() and wait.isdigit() else "later",
    )
