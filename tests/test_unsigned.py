"""The warning that a request goes out without the token."""

import _thread
import re
import threading
import warnings

import made
import pytest
import requests

from requests_xauth import XAuth, XPKitAuth
from requests_xauth._hosts import Hosts
from requests_xauth._unsigned import Unsigned
from requests_xauth.errors import UnsignedRequestWarning

ONLY = "only *.acme.example may see it. Name the host in hosts=, or leave it."
PLAIN = "over plain http anybody could read it; use https."


@pytest.fixture
def unsigned():
    """The warnings of one auth object of Acme's."""
    return Unsigned(made.provider(), Hosts(["*.acme.example"]))


def warned(unsigned, url):
    """Return the texts of the warnings for a request to *url*."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        unsigned.warn(url)
    assert all(w.category is UnsignedRequestWarning for w in caught)
    return [str(w.message) for w in caught]


class TestWords:
    """What the warning says."""

    @pytest.mark.parametrize(
        ("url", "host", "reason"),
        [
            ("https://evil.example/x", "evil.example", ONLY),
            ("https://EVIL.example.:443/", "evil.example", ONLY),
            ("https://evil.example:8443/x", "evil.example:8443", ONLY),
            ("https://acme.example/", "acme.example", ONLY),
            ("http://evil.example/", "evil.example", ONLY),
            ("http://api.acme.example/", "api.acme.example", PLAIN),
            ("http://api.acme.example:8080/", "api.acme.example:8080", PLAIN),
            ("ftp://u:s3cret@f.example/?k=s3cret", "'ftp://***@f.example/'", ONLY),
            ("", "''", ONLY),
        ],
    )
    def test_text(self, unsigned, url, host, reason):
        """
        It names the host, the reason and what to do, and no secret of the URL.
        """
        text = f"The request to {host} goes out without the token of Acme: {reason}"

        assert [text] == warned(unsigned, url)

    def test_plain_http_at_a_port(self):
        """
        A host that is allowed at its port by https is told of plain http there.
        """
        unsigned = Unsigned(made.provider(), Hosts(["api.acme.example:8443"]))

        [text] = warned(unsigned, "http://api.acme.example:8443/")

        assert text.endswith(PLAIN)

    @pytest.mark.parametrize(
        ("url", "region"),
        [
            ("https://profiles.amer.xpkit.net/api/", "amer"),
            ("https://profiles.apac.xpkit.net/api/", "apac"),
            ("https://profiles.china.xpkit.cn/api/", "china"),
        ],
    )
    def test_another_region(self, url, region):
        """
        A host of a sibling is told by whom it can be reached.
        """
        auth = XPKitAuth("emea", "id", "secret")

        [text] = warned(auth._unsigned, url)

        assert text.endswith(
            "that host belongs to another region; make an auth for that region:"
            f" region='{region}'."
        )

    @pytest.mark.parametrize(
        "url",
        [
            "https://amer.xpkit.net/",
            "https://x.amer.xpkit.net.evil.example/",
            "https://x.amer.xpkit.net:8443/",
            "https://x.china.xpkit.net/",
        ],
    )
    def test_no_region(self, url):
        """
        What only looks like a sibling's host is none.
        """
        [text] = warned(XPKitAuth("emea", "id", "secret")._unsigned, url)

        assert "region" not in text
        assert "only *.emea.xpkit.net may see it" in text


class TestOnce:
    """How often it is said."""

    def test_once_per_host(self, unsigned):
        """
        One warning for each host, whatever the path, and another for another port.
        """
        urls = ["https://e.example/1", "https://e.example/2", "https://e.example:444/"]

        assert [1, 0, 1, 0] == [len(warned(unsigned, u)) for u in (*urls, urls[0])]

    def test_each_object_for_itself(self):
        """
        Another auth object warns for itself.
        """
        for _ in range(2):
            auth = XAuth(made.provider(), made.machine())
            assert 1 == len(warned(auth._unsigned, "https://evil.example/"))

    def test_memory_is_bounded(self, unsigned):
        """
        A crawler does not fill the memory.
        """
        for number in range(1025):
            warned(unsigned, f"https://h{number}.example/")

        assert 1 == len(unsigned._told)
        assert [] == warned(unsigned, "https://h1024.example/")
        assert 1 == len(warned(unsigned, "https://h0.example/"))


class TestRequests:
    """Where it is met."""

    def test_request_goes_out_unsigned(self):
        """
        The request has no token, no token is asked for, and the warning names the host.
        """
        auth = XAuth(made.provider(), made.machine())
        said = f"^The request to evil.example .*{re.escape(ONLY)}$"

        with pytest.warns(UnsignedRequestWarning, match=said):
            request = requests.Request(
                "GET", "https://evil.example/", auth=auth
            ).prepare()

        assert "Authorization" not in request.headers

    def test_request_without_a_url(self):
        """
        A request that was never prepared goes nowhere; nothing is made up for it.
        """
        auth, request = (
            XAuth(made.provider(), made.machine()),
            requests.PreparedRequest(),
        )

        with pytest.warns(UnsignedRequestWarning, match="^The request to '' goes out"):
            assert request is auth(request)

    def test_the_callers_line(self):
        """
        The warning points at the line of whoever made the request.
        """
        auth = XAuth(made.provider(), made.machine())

        with pytest.warns(UnsignedRequestWarning) as caught:
            requests.Request("GET", "https://evil.example/", auth=auth).prepare()

        assert [__file__] == [warning.filename for warning in caught]

    def test_without_a_caller(self, unsigned):
        """
        Where there is no caller's line it is said all the same.
        """
        done = threading.Event()

        def told(*said):
            texts.append(str(said[0]))
            done.set()

        texts = []
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = told
            _thread.start_new_thread(unsigned.warn, ("https://evil.example/",))
            assert done.wait(10)

        assert [True] == [text.endswith(ONLY) for text in texts]
