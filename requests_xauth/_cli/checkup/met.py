"""An error that a step has met: which fault it is.

Rule: the first row that fits decides; the words are the innermost reason's.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from types import MappingProxyType

from requests import RequestException
from requests import exceptions as foreign
from urllib3 import exceptions as urllib3_errors

from ..._unreachable import chain
from ..._wire import Late

# Numbers of openssl-verify(1), whose words these are.
_CERTIFICATES: Mapping[int | None, str] = MappingProxyType(
    {
        9: "early-certificate",  # certificate is not yet valid
        10: "expired-certificate",  # certificate has expired
        18: "unknown-ca",  # self-signed certificate
        19: "unknown-ca",  # self-signed certificate in certificate chain
        20: "unknown-ca",  # unable to get local issuer certificate
        21: "unknown-ca",  # unable to verify the first certificate
        62: "other-name",  # hostname mismatch
        64: "other-name",  # IP address mismatch
    }
)
# The first row of which any cause is an instance.
_ERRORS: Mapping[type[BaseException] | tuple[type[BaseException], ...], str] = (
    MappingProxyType(
        {
            ssl.SSLCertVerificationError: "certificate",
            foreign.ProxyError: "proxy",
            # A name that cannot be encoded for a look-up is unknown too.
            (socket.gaierror, UnicodeError): "unknown-host",
            ConnectionRefusedError: "refused-port",
            (
                foreign.Timeout,
                TimeoutError,
                urllib3_errors.ReadTimeoutError,
                Late,
            ): "slow",
            ssl.SSLError: "tls",
            (OSError, RequestException, urllib3_errors.HTTPError): "broken",
        }
    )
)
# What the steps may meet and need not tell by themselves.
KNOWN = (OSError, RequestException, urllib3_errors.HTTPError, UnicodeError, Late)


def fault_of(error: BaseException) -> tuple[str, str]:
    """Return the fault that *error* is, and the innermost reason in its own words."""
    parts = list(chain(error))
    for kinds, fault in _ERRORS.items():
        for part in parts:
            if isinstance(part, kinds):
                return _named(fault, part), _words(part, parts[-1])
    return "unexpected", type(error).__name__


def _named(fault: str, part: BaseException) -> str:
    if fault != "certificate":
        return fault
    return _CERTIFICATES.get(getattr(part, "verify_code", None), fault)


def _words(part: BaseException, inner: BaseException) -> str:
    if isinstance(part, Late | foreign.Timeout):
        return "it timed out"
    for said in (part, inner):
        told = getattr(said, "verify_message", "") or getattr(said, "strerror", "")
        if told:
            return str(told).rstrip(".")
    return str(inner) or type(part).__name__
