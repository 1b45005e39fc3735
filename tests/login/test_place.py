"""Which redirect URIs lead to this machine, and what is bound for them."""

import errno
import socket

import pytest
from login.people import needs_ipv6

from requests_xauth.errors import ConfigError
from requests_xauth.login._place import Place, bound, place_of


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("http://127.0.0.1/callback", ("127.0.0.1", 0, "/callback", "")),
        ("http://127.0.0.1:0/callback", ("127.0.0.1", 0, "/callback", "")),
        ("http://127.0.0.1:8912", ("127.0.0.1", 8912, "/", "")),
        ("http://127.0.0.2:80/a?b=c", ("127.0.0.2", 80, "/a", "b=c")),
        ("http://LOCALHOST:1/", ("localhost", 1, "/", "")),
        ("http://[0:0::1]:1/", ("::1", 1, "/", "")),
    ],
)
def test_here(uri, place):
    """
    Http to a loopback address leads here; without a port, to any that is free.
    """
    assert Place(*place) == place_of(uri)


@pytest.mark.parametrize(
    "uri",
    [
        None,
        "",
        "https://127.0.0.1/callback",
        "http://app.example/callback",
        "http://me@127.0.0.1/callback",
        "http://127.0.0.1.evil.example/",
        "http://localhost./",
        "urn:ietf:wg:oauth:2.0:oob",
    ],
)
def test_elsewhere(uri):
    """
    Anything else does not.
    """
    assert place_of(uri) is None


@pytest.mark.parametrize("uri", ["http://127.0.0.1:99999/", "http://[::1/"])
def test_no_url(uri):
    """
    What cannot be read is an error of the code.
    """
    with pytest.raises(ConfigError, match="is no URL"):
        place_of(uri)


@pytest.mark.parametrize(
    ("place", "authority"),
    [
        (Place("127.0.0.1", 80, "/", ""), "127.0.0.1"),
        (Place("::1", 80, "/", ""), "[::1]"),
        (Place("::1", 81, "/", ""), "[::1]:81"),
    ],
)
def test_authority(place, authority):
    """
    A browser leaves the usual port out of its Host header.
    """
    assert authority == place.authority


def closed(listening):
    """Close the sockets, and return the addresses that they had."""
    addresses = [one.getsockname()[0] for one in listening]
    for one in listening:
        one.close()
    return addresses


class Scarce(socket.socket):
    """A socket that cannot be bound to IPv6, for a while or for ever."""

    number = errno.EADDRNOTAVAIL
    times = 1_000

    def bind(self, address):
        """Refuse IPv6."""
        if ":" in address[0] and Scarce.times:
            Scarce.times -= 1
            raise OSError(Scarce.number, "not this one")
        super().bind(address)


@pytest.fixture
def scarce(monkeypatch):
    """Let IPv6 be scarce in this way, so many times."""

    def scarce(number, times):
        monkeypatch.setattr(Scarce, "number", number)
        monkeypatch.setattr(Scarce, "times", times)
        monkeypatch.setattr(socket, "socket", Scarce)

    return scarce


class TestBound:
    """What is listened on."""

    def test_loopback_only(self):
        """
        Nothing but the loopback address itself.
        """
        place, listening = bound(Place("127.0.0.1", 0, "/", ""))

        assert place.port == listening[0].getsockname()[1]
        assert ["127.0.0.1"] == closed(listening)

    def test_localhost(self):
        """
        "localhost" is both addresses, with one port.
        """
        needs_ipv6()
        place, listening = bound(Place("localhost", 0, "/", ""))

        assert {place.port} == {one.getsockname()[1] for one in listening}
        assert ["127.0.0.1", "::1"] == closed(listening)

    def test_without_ipv6(self, scarce):
        """
        A machine without IPv6 has one address for "localhost".
        """
        scarce(errno.EADDRNOTAVAIL, 1_000)

        assert ["127.0.0.1"] == closed(bound(Place("localhost", 0, "/", ""))[1])

    def test_a_port_free_at_both(self, scarce):
        """
        A port that is taken at one of the two gives way to another.
        """
        needs_ipv6()
        scarce(errno.EADDRINUSE, 3)

        assert 2 == len(closed(bound(Place("localhost", 0, "/", ""))[1]))

    def test_none_free(self, scarce):
        """
        Where there is none it ends.
        """
        scarce(errno.EADDRINUSE, 1_000)

        with pytest.raises(ConfigError, match="port any"):
            bound(Place("localhost", 0, "/", ""))

    def test_exclusive_on_windows(self, monkeypatch):
        """
        On Windows a port is asked for alone, since any program could share it.
        """
        monkeypatch.setattr(
            socket, "SO_EXCLUSIVEADDRUSE", socket.SO_KEEPALIVE, raising=False
        )

        _, [one] = bound(Place("127.0.0.1", 0, "/", ""))

        assert 0 == one.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
        one.close()
