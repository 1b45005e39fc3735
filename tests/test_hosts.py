"""Which hosts may see a token: signed exactly when a rule says so."""

import re
import time

import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from requests_xauth._hosts import Hosts, host_of, is_loopback, place_of, shown_url
from requests_xauth.errors import ConfigError

XPKIT = Hosts(["*.emea.xpkit.net"])
EXACT = Hosts(["api.example.com"])


class TestWild:
    """A pattern with a star."""

    @pytest.mark.parametrize(
        "url",
        [
            "https://auth.emea.xpkit.net/api/token/",
            "https://a.b.c.emea.xpkit.net/",
            "https://auth.emea.xpkit.net",
            "https://auth.emea.xpkit.net?x=1",
            "https://auth.emea.xpkit.net#x",
            "https://auth.emea.xpkit.net.",
            "https://auth.emea.xpkit.net./x",
            "https://AUTH.EMEA.XPKIT.NET/",
            "HTTPS://Auth.Emea.Xpkit.Net/",
            "https://auth.emea.xpkit.net:443/",
            "https://auth.emea.xpkit.net:/",
            "https://auth.emea.xpkit.net:0443/",
            "https://user:pw@auth.emea.xpkit.net/",
            "https://münchen.emea.xpkit.net/",
        ],
    )
    def test_fits(self, url):
        """
        One or more labels before the name, case, final dot and default port settled.
        """
        assert XPKIT.allow(url)

    @pytest.mark.parametrize(
        "url",
        [
            "https://emea.xpkit.net/",  # the name itself
            "https://auth.emea.xpkit.net.evil.example/",
            "https://evilemea.xpkit.net/",
            "https://evil-emea.xpkit.net/",
            "https://auth.amer.xpkit.net/",  # another region
            "https://auth.emea.xpkit.cn/",
            "https://auth.emea.xpkit.net:444/",
            "https://auth.emea.xpkit.net:80/",
            "https://auth.emea.xpkit.net:0/",
            "https://auth.emea.xpkit.net@evil.example/",
            "https://auth.emea.xpkit.net:443@evil.example/",
            "https://evil.example\\.emea.xpkit.net/",
            "https://evil.example\\@auth.emea.xpkit.net/",
            "https://auth.emea.xpkit.net\\@evil.example/",  # requests goes there
            "https://auth.emea.xpkit.net\\.evil.example/",
            "https://evil.example/auth.emea.xpkit.net",
            "https://evil.example/@auth.emea.xpkit.net/",
            "https://evil.example?auth.emea.xpkit.net",
            "https://evil.example?@auth.emea.xpkit.net/",
            "https://evil.example#auth.emea.xpkit.net",
            "https://evil.example#@auth.emea.xpkit.net/",
            "https://evil.example%2f.emea.xpkit.net/",
            "https://evil.example%00.emea.xpkit.net/",
            "https://evil.example\r\n.emea.xpkit.net/",
            "https://.emea.xpkit.net/",
            "https://a..emea.xpkit.net/",
            "https://*.emea.xpkit.net/",
            "https://auth.emea.xpkit.net../",
            "https://auth.emea.xpkit.net\t/",
            "https://auth.emea.xpkit.net\ud800/",
            "http://auth.emea.xpkit.net/",  # anybody could read it
            "http://auth.emea.xpkit.net:443/",
            "ftp://auth.emea.xpkit.net/",
            "//auth.emea.xpkit.net/",
            "auth.emea.xpkit.net",
            "https:/auth.emea.xpkit.net/",
            "https:auth.emea.xpkit.net",
            "https:///auth.emea.xpkit.net",
            "https://auth.emea.xpkit.net:99999/",
            "https://auth.emea.xpkit.net:x/",
            "https://auth.emea.xpkit.net:-443/",
            "https://",
            "",
        ],
    )
    def test_does_not_fit(self, url):
        """
        Never a substring, never another port or scheme, never what cannot be looked up.
        """
        assert not XPKIT.allow(url)


class TestExact:
    """A pattern without a star."""

    @pytest.mark.parametrize(
        ("pattern", "url"),
        [
            ("api.example.com", "https://api.example.com/x"),
            ("API.Example.com.", "https://api.example.com/x"),
            ("api.example.com", "https://api.example.com./"),
            ("api.example.com:8443", "https://api.example.com:8443/"),
            ("api.example.com:443", "https://api.example.com/"),
            ("münchen.example", "https://xn--mnchen-3ya.example/"),
            ("xn--mnchen-3ya.example", "https://MÜNCHEN.example/"),
            ("*.münchen.example", "https://api.xn--mnchen-3ya.example/"),
            ("[2001:db8::1]", "https://[2001:DB8::1]/"),
            ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443/"),
            ("192.0.2.7", "https://192.0.2.7/"),
            ("my_host.example", "https://my_host.example/"),
            ("localhost", "http://localhost/"),
            ("localhost:8000", "http://LOCALHOST.:8000/"),
            ("127.0.0.1:8000", "http://127.0.0.1:8000/"),
            ("[::1]:8000", "http://[::1]:8000/"),
            ("localhost:8000", "https://localhost:8000/"),
        ],
    )
    def test_fits(self, pattern, url):
        """
        A host is itself, however it is written; loopback may do without TLS.
        """
        assert Hosts([pattern]).allow(url)

    @pytest.mark.parametrize(
        ("pattern", "url"),
        [
            ("api.example.com", "https://x.api.example.com/"),
            ("api.example.com", "https://api.example.com:8443/"),
            ("api.example.com:8443", "https://api.example.com/"),
            ("api.example.com:443", "https://api.example.com:80/"),
            ("münchen.example", "https://munchen.example/"),
            ("[2001:db8::1]", "https://[2001:db8::2]/"),
            ("[2001:db8::1]", "https://[2001:db8::1]:8443/"),
            ("192.0.2.7", "https://192.0.2.70/"),
            ("192.0.2.7", "https://192.0.2.7.evil.example/"),
            ("192.0.2.7", "http://192.0.2.7/"),
            ("localhost", "http://localhost:8000/"),  # the default port alone
            ("localhost:8000", "http://localhost/"),
            ("localhost", "http://localhost.evil.example/"),
            ("127.0.0.1", "http://127.0.0.2/"),
            ("127.0.0.1:8000", "http://127.0.0.1.evil.example:8000/"),
        ],
    )
    def test_does_not_fit(self, pattern, url):
        """
        Another host or another port is another host.
        """
        assert not Hosts([pattern]).allow(url)

    def test_several(self):
        """
        Each of several patterns counts; their texts are kept for messages.
        """
        hosts = Hosts(["a.example", "*.b.example"])

        assert ("a.example", "*.b.example") == hosts.names
        assert hosts.allow("https://a.example/")
        assert hosts.allow("https://x.b.example/")
        assert not hosts.allow("https://b.example/")

    def test_one_text(self):
        """
        One pattern needs no list around it.
        """
        assert Hosts("api.example.com").allow("https://api.example.com/")
        assert not Hosts("api.example.com").allow("https://a.example/")


class TestPatterns:
    """What can be a pattern."""

    @pytest.mark.parametrize(
        "pattern",
        [
            *("", "*", "*.", ".", "*.*.example.com", "a.*.example.com", "*example.com"),
            *(".example.com", "a..example.com", "*..example.com", "a.example.com.."),
            *(
                "https://example.com",
                "http:example.com",
                "example.com/",
                "example.com/x",
            ),
            *("example.com?", "example.com?x", "example.com#", "user@example.com"),
            *("example.com\\x", " example.com", "example.com ", "example.com\n"),
            *("a b", "example.com:99999", "example.com:x", "example.com%00"),
            *("::1", "*.[::1]", "[::1", "\ud800.example", "a\u2024b.example"),
            *(5, None, b"example.com", ["example.com"]),
        ],
    )
    def test_wrong(self, pattern):
        """
        What is no host name is refused, and shown.
        """
        text = (
            f"No host name in hosts=: {pattern!r}. Write 'api.example.com',"
            " '*.example.com' or 'host:port', without scheme and path."
        )

        with pytest.raises(ConfigError, match=f"^{re.escape(text)}$"):
            Hosts(["fine.example", pattern])

    @pytest.mark.parametrize("patterns", [(), [], iter(())])
    def test_none(self, patterns):
        """
        To allow no host at all is a mistake, and is said at once.
        """
        text = (
            "No host may see the token: name at least one in hosts=, such as"
            " 'api.example.com' or '*.example.com'."
        )

        with pytest.raises(ConfigError, match=f"^{re.escape(text)}$"):
            Hosts(patterns)

    def test_no_list(self):
        """
        What cannot be listed is refused.
        """
        with pytest.raises(ConfigError, match=r"^hosts= takes host names, not int\.$"):
            Hosts(5)


class TestMemory:
    """The answers given so far."""

    def test_answer_is_the_same(self):
        """
        The second answer for a host is the first one's, whatever the path.
        """
        hosts = Hosts(["api.example.com"])

        first = [hosts.allow(f"https://api.example.com/{n}") for n in range(3)]
        other = [hosts.allow(f"https://evil.example/{n}") for n in range(3)]

        assert ([True] * 3, [False] * 3) == (first, other)
        known = {"https://api.example.com": True, "https://evil.example": False}
        assert known == hosts._answers

    @pytest.mark.parametrize("origin", ["https://x", "http://x"])
    def test_paths_of_the_shortest_hosts(self, origin):
        """
        A host's paths share its answer, however short its name and deep the paths.
        """
        hosts = Hosts(["x"])

        for path in ("/a", "/a/b", "/a/b/c"):
            hosts.allow(origin + path)

        assert [origin] == list(hosts._answers)

    def test_memory_is_asked_first(self):
        """
        A host that was met before is not parsed again.
        """
        hosts = Hosts(["api.example.com"])
        hosts._answers["https://met.before"] = True

        assert hosts.allow("https://met.before/x")
        assert not hosts.allow("https://met.before:444/x")

    def test_memory_is_bounded(self):
        """
        A crawler does not fill the memory, and gets right answers all the same.
        """
        hosts = Hosts(["*.example.com"])

        answers = {hosts.allow(f"https://h{n}.example.com/") for n in range(1025)}

        assert {True} == answers
        assert len(hosts._answers) <= 1024
        assert not hosts.allow("https://example.com/")


class TestWords:
    """How a host is named."""

    @pytest.mark.parametrize(
        ("url", "host"),
        [
            ("https://API.example.com/x?y", "api.example.com"),
            ("https://api.example.com:443/", "api.example.com"),
            ("http://api.example.com:443/", "api.example.com:443"),
            ("https://api.example.com:8443/", "api.example.com:8443"),
            ("https://user:secret@api.example.com./", "api.example.com"),
            ("http://[::1]:80/", "[::1]"),
            (
                "ftp://user:secret@files.example/x?key=secret",
                "'ftp://***@files.example/x'",
            ),
            ("https://user:se/cret@bad host/#secret", "'https://***@bad host/'"),
            ("", "''"),
        ],
    )
    def test_host_of(self, url, host):
        """
        A message names host and port, never user information or a query.
        """
        assert host == host_of(url)

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            (None, "None"),
            (42, "42"),
            ("x", "'x'"),
            ("x@y", "'x@y'"),
            ("https://x/@me", "'https://***@me'"),
            ("//u@v@x", "'//***@x'"),
            ("a://@x", "'a://@x'"),
        ],
    )
    def test_shown_url(self, url, shown):
        """
        Whatever may be user information is hidden; what is no text is shown as it is.
        """
        assert shown == shown_url(url)

    @pytest.mark.parametrize("piece", ["/", "@", "//", "//@", "a."])
    def test_no_url_takes_long(self, piece):
        """
        The worst of URLs is named in a moment.
        """
        began_at = time.thread_time()

        shown_url(piece * 100_000)
        XPKIT.allow(f"https://{piece * 10_000}")

        assert time.thread_time() - began_at < 2

    @pytest.mark.parametrize("url", ["", "x", "ftp://x/", "https://", "https://[::/"])
    def test_no_place(self, url):
        """
        What is no http(s) URL with a host has no place.
        """
        assert place_of(url) is None

    def test_place(self):
        """
        A place is scheme, settled host and port.
        """
        assert ("http", "x.example", 80) == place_of("HTTP://X.Example.")


class TestLoopback:
    """Which hosts are this machine."""

    @pytest.mark.parametrize(
        "host",
        ["localhost", "LocalHost.", "127.0.0.1", "127.255.255.254", "[::1]", "::1"],
    )
    def test_is(self, host):
        """
        localhost, 127.0.0.0/8 and ::1 are this machine.
        """
        assert is_loopback(host)

    @pytest.mark.parametrize(
        "host",
        [
            *("", "localhost.evil.example", "evil-localhost", "x.localhost", "0.0.0.1"),
            *(
                "128.0.0.1",
                "127.1",
                "2130706433",
                "0x7f.0.0.1",
                "127.0.0.1.evil.example",
            ),
            *("[::]", "[::2]", "[fe80::1]", "10.0.0.1", "127.0.0.1:80"),
        ],
    )
    def test_is_not(self, host):
        """
        Nothing else is, however alike it looks.
        """
        assert not is_loopback(host)


# A machine that is busy with something else proves nothing wrong.
UNHURRIED = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=300
)
LABEL = st.from_regex("[a-z0-9]([a-z0-9-]{0,3}[a-z0-9])?", fullmatch=True)
BASE = "good.example"
ENDINGS = [
    *(BASE, "evil.example", f"{BASE}.evil.example", f"evil{BASE}", "good.example2"),
    *("example", "goodexample", f"{BASE}@evil.example", f"evil.example\\.{BASE}"),
    *(f"evil.example%2f.{BASE}", f"evil.example/.{BASE}", f"evil.example?.{BASE}"),
    *(f"evil.example#.{BASE}", "[::1]", "127.0.0.1"),
]
PARTS = st.tuples(
    st.sampled_from(["https", "HTTPS", "Https", "http", "ftp"]),
    st.sampled_from(["", "user@", "user:pw@", f"a.{BASE}@", f"a.{BASE}:443@"]),
    st.lists(LABEL, max_size=3),
    st.sampled_from(ENDINGS),
    st.sampled_from(["", "."]),
    st.sampled_from(["", ":", ":443", ":0443", ":80", ":8443"]),
    st.sampled_from(["", "/", f"/a.{BASE}", f"?@a.{BASE}/", f"#@a.{BASE}/"]),
    st.booleans(),
)


def written(parts):
    """Return the URL that the parts make."""
    scheme, user, labels, ending, dot, port, rest, upper = parts
    host = ".".join([*labels, ending]) + dot
    return f"{scheme}://{user}{host.upper() if upper else host}{port}{rest}"


def rightful(parts):
    """Tell by the parts alone, no parser, whether "*.good.example" allows them."""
    scheme, _, labels, ending, _, port, _, _ = parts
    return (
        scheme.lower() == "https"
        and bool(labels)
        and ending == BASE
        and port in {"", ":", ":443", ":0443"}
    )


class TestRules:
    """The rules of hosts, for URLs of all kinds."""

    @given(PARTS)
    @example(("https", "", ["a"], BASE, "", "", "/", False))
    @example(("https", "", [], BASE, "", "", "/", False))
    @UNHURRIED
    def test_signed_exactly_when(self, parts):
        """
        A token is for https, the default port, and one or more labels before the name.
        """
        assert rightful(parts) == Hosts([f"*.{BASE}"]).allow(written(parts))

    @given(PARTS.map(written) | st.text().map(lambda text: f"https://a.{BASE}{text}"))
    @example("https://evil.example\\@a.good.example/")
    @UNHURRIED
    def test_requests_connects_there(self, url):
        """
        Where a token is allowed requests connects to that very host, and to no other.
        """
        try:
            request = requests.Request("GET", url).prepare()
        except (requests.RequestException, UnicodeError):
            return
        if not Hosts([f"*.{BASE}"]).allow(request.url):
            return

        place, _ = HTTPAdapter().build_connection_pool_key_attributes(
            request, verify=True
        )

        assert "https" == place["scheme"]
        assert place["host"].removesuffix(".").endswith(f".{BASE}")
        assert place["port"] in {None, 443}
