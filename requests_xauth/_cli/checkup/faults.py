"""What can be the matter on the way of a token: one row for each fault.

Rule: a row says how the command ends, what is the matter in a few words, and what to do;
no two rows say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from ..ending import Code


class Fault(NamedTuple):
    """
    One thing that may be the matter.

    Attributes:
        code: The exit code.
        title: What is the matter, in a few words.
        advice: What to do. The names in braces are filled in, here and in the title.
    """

    code: Code
    title: str
    advice: str


# The exit codes are those that the same fault has in the command get.
FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "settings": Fault(
            Code.CONFIGURATION,
            "a setting is missing or wrong",
            'Mend it: "requests-xauth providers" lists what can be set.',
        ),
        "other-region": Fault(
            Code.CONFIGURATION,
            "the URL belongs to another region",
            "Use --region {region} with credentials of that region, or a URL of this"
            " one. Nothing was sent.",
        ),
        "plain-http": Fault(
            Code.CONFIGURATION,
            "over plain http anybody could read the token",
            "Use https in the URL. Nothing was sent.",
        ),
        "other-host": Fault(
            Code.CONFIGURATION,
            "the URL's host may not see the token",
            "If it should, name it with --host. Nothing was sent.",
        ),
        "bundle": Fault(
            Code.CONFIGURATION,
            "the file of trusted authorities cannot be read",
            "Let REQUESTS_CA_BUNDLE name a file of certificates in PEM format, or"
            " unset it.",
        ),
        "unknown-host": Fault(
            Code.UNAVAILABLE,
            "nobody knows the host",
            "Look for a typing mistake in the name {host}; if there is none, at this"
            " machine's DNS and network.",
        ),
        "refused-port": Fault(
            Code.UNAVAILABLE,
            "nobody listens at the port",
            "Check the port in {place}; if it is right, the service is down, or a"
            " firewall is in between.",
        ),
        "expired-certificate": Fault(
            Code.UNAVAILABLE,
            "the certificate has expired",
            "Whoever runs {place} has to renew it, unless this machine's clock is"
            " wrong: it says {now}.",
        ),
        "early-certificate": Fault(
            Code.UNAVAILABLE,
            "the certificate is not valid yet",
            "Set this machine's clock, which says {now}; if that is right, tell"
            " whoever runs {place}.",
        ),
        "unknown-ca": Fault(
            Code.UNAVAILABLE,
            "the certificate's authority is not known",
            "If {place} is right, let REQUESTS_CA_BUNDLE name a file with the"
            " certificate of its authority, such as your company's. Trusted now:"
            " {bundle}.",
        ),
        "other-name": Fault(
            Code.UNAVAILABLE,
            "the certificate is for another host",
            "Check the name {host}: somebody else answers there.",
        ),
        "certificate": Fault(
            Code.UNAVAILABLE,
            "the certificate is refused",
            "Tell whoever runs {place}.",
        ),
        "tls": Fault(
            Code.UNAVAILABLE,
            "no safe connection can be agreed on",
            "Check the port in {place}: what answers there may speak no TLS, or none"
            " that is safe.",
        ),
        "proxy": Fault(
            Code.UNAVAILABLE,
            "the proxy does not let it through",
            "Check HTTPS_PROXY, with the proxy's user name and password, or list"
            " {host} in NO_PROXY.",
        ),
        "slow": Fault(
            Code.UNAVAILABLE,
            "no answer within {timeout_s:g} s",
            "Try again later, or give a longer --timeout.",
        ),
        "broken": Fault(
            Code.UNAVAILABLE,
            "the connection broke",
            "Try again; if it stays so, look at what is between you and {place}.",
        ),
        "clock": Fault(
            Code.CONFIGURATION,
            "the clocks differ",
            "Set this machine's clock, which is {apart} the one at {place}, by NTP;"
            " or tell whoever runs that, if theirs is wrong.",
        ),
        "credentials": Fault(
            Code.CREDENTIALS, "the credentials are rejected", "{step}"
        ),
        "region": Fault(
            Code.CREDENTIALS,
            "the credentials are rejected, and may be another region's",
            "{step} If they are right, they may belong to another region: {try_it}."
            " They were sent to no other.",
        ),
        "login": Fault(
            Code.LOGIN,
            "a person has to log in",
            "{step} Run: requests-xauth login {options}",
        ),
        "wrong-path": Fault(
            Code.CONFIGURATION,
            "there is no token endpoint at this path",
            "Check the path in {token_url}: what --base-url gives is put before the"
            " provider's own path.",
        ),
        "scope-refused": Fault(
            Code.CONFIGURATION,
            "the scope is refused",
            "Have the provider grant {asked} to this client, or ask for another"
            " --scope.",
        ),
        "scope-denied": Fault(
            Code.CONFIGURATION,
            "less scope is granted than was asked for",
            "Have the provider grant {missing} to this client, or do without it in"
            " --scope.",
        ),
        "unavailable": Fault(
            Code.UNAVAILABLE, "the provider cannot serve now", "{step}"
        ),
        "refused": Fault(Code.CONFIGURATION, "the token request is refused", "{step}"),
        "store": Fault(
            Code.CONFIGURATION,
            "the token store does not work",
            "Check --store, and the rights on what it names.",
        ),
        "api-token": Fault(
            Code.REFUSED,
            "the API does not accept the token",
            "Check that the URL is of this provider, and that the client or user may"
            " call it.",
        ),
        "api-scope": Fault(
            Code.REFUSED,
            "a scope is missing",
            "Have the provider grant {missing} to this client, and ask for it with"
            " --scope. Granted now: {granted}.",
        ),
        "api-permission": Fault(
            Code.REFUSED,
            "a permission is missing",
            "Have the client or user allowed to call this URL. Scope granted now:"
            " {granted}.",
        ),
        "api-path": Fault(
            Code.REFUSED,
            "the API has nothing at this path",
            "Check the path of the URL; the token works.",
        ),
        "api-busy": Fault(
            Code.REFUSED,
            "the API wants fewer calls",
            "Try again {later}.",
        ),
        "api-down": Fault(
            Code.REFUSED,
            "the API is in trouble",
            "Tell whoever runs {place}; the token works.",
        ),
        "api-other": Fault(
            Code.REFUSED,
            "the API refuses the call",
            "Look at what the API documents for GET at this URL.",
        ),
        "unexpected": Fault(
            Code.CONFIGURATION,
            "something unforeseen happened",
            "Please report it, with the lines above.",
        ),
    }
)
