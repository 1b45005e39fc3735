"""Where a signed request really goes: hosts, ports and URLs made up by the hundred.

Rule: what is right is worked out here, from the words of the rule and with Python's own
codec for names; what the resolver is asked for is where a connection would go.
"""

import re
import socket
import warnings

import pytest
import requests
from helpers import auth_of
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

PATTERNS = (
    "*.emea.xpkit.net",
    "api.example.com:8443",
    "münchen.example",
    "[2001:db8::1]",
    "127.0.0.1:8000",
    "localhost",
)
# What they mean but for the star: host and port of https, and of http to this machine.
EXACT = {
    *(("https", "api.example.com", 8443), ("https", "xn--mnchen-3ya.example", 443)),
    *(("https", "[2001:db8::1]", 443), ("https", "127.0.0.1", 8000)),
    *(("https", "localhost", 443), ("http", "localhost", 80)),
    ("http", "127.0.0.1", 8000),
}
UNHURRIED = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    max_examples=150,
)


class Resolver:
    """What stands for getaddrinfo: it notes what is asked for, and knows no address."""

    def __init__(self):
        self.asked = []

    def __call__(self, host, port, *args, **kwargs):
        """Refuse."""
        self.asked.append((host.lower().removesuffix("."), port))
        raise socket.gaierror(socket.EAI_NONAME, "nowhere")


class Road:
    """A session without a network: it tells how a URL is signed and where it goes."""

    def __init__(self, auth, resolver):
        self._auth = auth
        self._resolver = resolver
        self._session = requests.Session()
        self._session.trust_env = False

    def signed(self, url):
        """Return whether a request to *url* is signed; None: requests will not have it."""
        try:
            prepared = requests.Request("GET", url).prepare()
        except (requests.RequestException, ValueError):
            return None
        return self._signed(prepared)

    def signed_as_it_is(self, url):
        """Return whether a request is signed whose URL nobody has cleaned."""
        prepared = requests.Request("GET", "https://evil.example/").prepare()
        prepared.url = url
        return self._signed(prepared)

    def _signed(self, prepared):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._auth(prepared)
        self._resolver.asked.clear()
        with pytest.raises((requests.RequestException, ValueError)):
            self._session.send(prepared)
        # requests makes a Basic one of user information.
        return prepared.headers.get("Authorization", "").startswith("Bearer ")

    def connected(self):
        """Return the one place that the resolver was asked for, or None."""
        places = set(self._resolver.asked)
        assert len(places) <= 1
        return places.pop() if places else None


@pytest.fixture
def road(box, clock, monkeypatch):
    """A road on which the patterns' hosts are signed for."""
    auth = auth_of(box, "m2m", clock=clock, hosts=PATTERNS)
    auth.renew()
    resolver = Resolver()
    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", resolver)
        yield Road(auth, resolver)


def is_allowed(scheme, name, port):
    """Tell whether the rule lets a settled name see the token."""
    if (scheme, name, port) in EXACT:
        return True
    labels = name.split(".")
    below = len(labels) > 3 and labels[-3:] == ["emea", "xpkit", "net"]
    return scheme == "https" and port == 443 and below


def meant(host):
    """Return the settled name that *host* means, or None if it is no name."""
    # Equivalent, and settled by requests: RFC 3986, section 6.2.2.2.
    host = re.sub("%2e", ".", host, flags=re.IGNORECASE)
    if host.startswith("["):
        return host.lower()
    try:
        # IDNA of 2003, of which requests' newer one keeps all that is made up here.
        name = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        return None
    name = name.lower().removesuffix(".")
    return name if re.fullmatch(r"[\w-]+(\.[\w-]+)*", name, re.ASCII) else None


LABELS = st.sampled_from(
    [
        "auth",
        "a",
        "evil",
        "xn--mnchen-3ya",
        "münchen",
        "MÜNCHEN",
        "日本",
        "\uff41\uff55\uff54\uff48",
        "x_1",
    ]
) | st.from_regex("[a-z0-9]([a-z0-9]{0,3}[a-z0-9])?", fullmatch=True)
BASES = st.sampled_from(
    [
        *("emea.xpkit.net", "emea.xpkit.net", "emea.xpkit.net", "EMEA.XPKIT.NET"),
        *("emea。xpkit\uff0enet", "em\u00adea.xpkit.net", "emea.xp\u212ait.net"),
        *("amer.xpkit.net", "emea.xpkit.cn", "xpkit.net", "emea.xpkit.network"),
        *("api.example.com", "Api.Example.Com", "münchen.example", "munchen.example"),
        *("xn--mnchen-3ya.example", "localhost", "LocalHost", "127.0.0.1", "127.1"),
        *("127.0.0.2", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "[2001:db8::1]"),
        *("[2001:DB8::1]", "[2001:db8::2]", "[::1]", "[::ffff:127.0.0.1]", "[::]"),
        *("[fe80::1%25eth0]", "[::1%25lo]", "[2001:db8::1%25eth0]", "evil.example"),
    ]
)
JOINTS = st.sampled_from(
    [".", ".", ".", "。", "", "-", "..", "%2e", "%2E", "%00", "*."]
)
ENDS = st.sampled_from(
    [
        "",
        "",
        "",
        "",
        ".",
        "..",
        ".evil.example",
        "%2eevil.example",
        "-evil.example",
        "%00",
    ]
)
PORTS = {
    "": None,
    ":": None,
    ":443": 443,
    ":00443": 443,
    ":80": 80,
    ":8443": 8443,
    ":8000": 8000,
    ":444": 444,
}
USERS = st.sampled_from(
    [
        *("", "", "", "user@", "user:pw@", "auth.emea.xpkit.net@"),
        *("auth.emea.xpkit.net:443@", "a%40b:c%2Fd@", "auth.emea.xpkit.net%2F@"),
    ]
)
RESTS = st.sampled_from(
    ["", "/", "/@evil.example/", "?@auth.emea.xpkit.net/", "#@auth.emea.xpkit.net/"]
)
HOSTS = st.builds(
    lambda labels, base, end: (
        "".join(f"{label}{joint}" for label, joint in labels) + base + end
    ),
    st.lists(st.tuples(LABELS, JOINTS), max_size=2),
    BASES,
    ENDS,
)
PARTS = st.tuples(
    st.sampled_from(["https", "https", "https", "HTTPS", "http", "Http"]),
    USERS,
    HOSTS,
    st.sampled_from(list(PORTS)),
    RESTS,
)
PLAIN = ("https", "", "auth.emea.xpkit.net", "", "/")


def of_host(host, scheme="https", port=""):
    """Return the parts of a plain URL of *host*."""
    return (scheme, "", host, port, "/")


def test_signed_exactly_when(road):
    """
    A request is signed exactly when the rule allows its scheme, host and port.

    And then that very place is where it goes.
    """

    @given(PARTS)
    @example(PLAIN)
    @example(of_host("a.b.emea.xpkit.net."))
    @example(of_host("auth。emea。xpkit。net"))
    @example(of_host("\uff41\uff55\uff54\uff48.emea.xpkit.net"))
    @example(of_host("auth.emea.xp\u212ait.net"))
    @example(of_host("emea.xpkit.net"))
    @example(of_host("evilemea.xpkit.net"))
    @example(of_host("auth.emea.xpkit.net.evil.example"))
    @example(("https", "auth.emea.xpkit.net@", "evil.example", "", "/"))
    @example(("https", "auth.emea.xpkit.net:443@", "evil.example", "", "/"))
    @example(of_host("api.example.com", port=":8443"))
    @example(of_host("MÜNCHEN.example"))
    @example(of_host("[2001:DB8::1]"))
    @example(of_host("[2001:db8::1%25eth0]"))
    @example(of_host("127.0.0.1", "http", ":8000"))
    @example(of_host("127.1", "http", ":8000"))
    @example(of_host("[::ffff:127.0.0.1]", "http", ":8000"))
    @example(of_host("localhost", "http"))
    @UNHURRIED
    def check(parts):
        scheme, user, host, port, rest = parts
        scheme, name = scheme.lower(), meant(host)
        number = PORTS[port] or {"https": 443, "http": 80}[scheme]
        right = name is not None and is_allowed(scheme, name, number)

        signed = road.signed(f"{parts[0]}://{user}{host}{port}{rest}")

        event(f"right {right}, signed {signed}")
        if signed is None:
            return  # nothing goes out
        assert right is signed
        if signed:
            assert (name.strip("[]"), number) == road.connected()

    check()


@pytest.mark.parametrize(
    ("host", "goes_to"),
    [
        ("auth.emea.xpkit.net", "auth.emea.xpkit.net"),
        ("münchen.emea.xpkit.net", "xn--mnchen-3ya.emea.xpkit.net"),
        ("auth.emea.xp\u212ait.net", "auth.emea.xpkit.net"),
        ("[2001:db8::1]", "2001:db8::1"),
    ],
)
def test_the_twin(road, host, goes_to):
    """
    There are such requests: signed, and on their way.
    """
    assert road.signed(f"https://{host}/x")
    assert (goes_to, 443) == road.connected()


PIECES = st.lists(
    st.sampled_from(
        [
            *("auth.emea.xpkit.net", "auth.emea.xpkit.net", "evil.example"),
            *("api.example.com:8443", "localhost", "127.0.0.1:8000", "[2001:db8::1]"),
            *(".", "@", ":", "443", "8000", "\\", "/", "//", "\t", "\n", "\r", " "),
            *("%00", "%2e", "%40", "%5c", "%09", "[", "]", "::1", "?", "#", ";", "&"),
            *(
                "。",
                "\u00ad",
                "\u200b",
                "\u2215",
                "\uff41",
                "\x00",
                "-",
                "*",
                "user",
                "://",
            ),
        ]
    ),
    max_size=6,
)
URLS = st.builds(
    lambda scheme, pieces, end: scheme + "".join(pieces) + end,
    st.sampled_from(["https://", "https://", "http://", "https:", "https:\\\\", "//"]),
    PIECES,
    st.sampled_from(
        ["", "/", "/x", "@evil.example/", "\\@evil.example/", "?@evil.example"]
    ),
)
TRICKS = [
    "https://auth.emea.xpkit.net\\@evil.example/",
    "https://auth.emea.xpkit.net\\.evil.example/",
    "https://evil.example\\@auth.emea.xpkit.net/",
    "https://auth.emea.xpkit.net\t@evil.example/",
    "https://auth.emea.xpkit.net\t.evil.example/",
    "https://auth.emea.xpkit.net\n@evil.example/",
    "https://auth.emea.xpkit.net?@evil.example/",
    "https://auth.emea.xpkit.net#@evil.example/",
    "https://auth.emea.xpkit.net;@evil.example/",
    "https://auth.emea.xpkit.net&@evil.example/",
    "https://auth.emea.xpkit.net:443:@evil.example/",
    "https://auth.emea.xpkit.net%00.evil.example/",
    "https://evil.example@auth.emea.xpkit.net@evil.example/",
    "https://[2001:db8::1]@evil.example/",
    "https://[2001:db8::1].evil.example/",
    "http://127.0.0.1:8000@evil.example/",
    "http://127.0.0.1:8000\\@evil.example/",
    " https://auth.emea.xpkit.net\\@evil.example/",
    "https://auth.emea.xpkit.net\u2215@evil.example/",
]


def goes_astray(road, url):
    """Tell whether a request that was signed goes where it may not."""
    place = road.connected()
    if place is None:
        return False  # nowhere
    host = f"[{place[0]}]" if ":" in place[0] else place[0]
    scheme = url.strip().partition(":")[0].lower()
    return not is_allowed(scheme, host, place[1])


@pytest.mark.parametrize("as_it_is", [False, True], ids=["prepared", "as it is"])
def test_connected_where_allowed(road, as_it_is):
    """
    Whatever the URL, a signed request connects to an allowed place or to none.

    Also one whose URL was set by hand, which requests has not cleaned.
    """

    @given(URLS)
    @UNHURRIED
    def check(url):
        try:
            signed = (road.signed_as_it_is if as_it_is else road.signed)(url)
        except UnicodeError:
            return
        event(f"signed {signed}")
        assert not (signed and goes_astray(road, url))

    for trick in TRICKS:
        check = example(trick)(check)
    check()
