"""``requests-xauth doctor`` and certificates of an authority that the tests make."""

import os
import ssl
from datetime import datetime, timedelta, timezone

import pytest
from command_line import run
from names import Names

if "XAUTH_REQUIRE_ALL" not in os.environ:
    pytest.importorskip("trustme", reason="needs trustme")

import trustme

from requests_xauth._cli.ending import Code

HOST = "auth.emea.xpkit.net"
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def authority():
    """Return an authority of our own."""
    return trustme.CA()


@pytest.fixture(scope="module")
def other():
    """Return another authority."""
    return trustme.CA()


@pytest.fixture
def served(box, tmp_path):
    """Return a maker of a server at HOST with certificates; a region is behind it."""
    opened = []

    def serve(certificate, *more):
        names = Names({HOST: int(box.xpkit.origin.rpartition(":")[2])})
        names._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        names._context.sni_callback = lambda tls, name, _: setattr(
            tls, "asked_for", name or ""
        )
        chain = tmp_path / "server.pem"
        pems = (certificate.private_key_and_cert_chain_pem, *more)
        chain.write_bytes(b"".join(pem.bytes() for pem in pems))
        names._context.load_cert_chain(chain)
        opened.append(names.__enter__())
        return box.xpkit

    yield serve
    for names in opened:
        names.__exit__(None, None, None)


def doctor(service, authority, tmp_path):
    """Return what the command did where only *authority* is trusted."""
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    variables = {**service.environ, "REQUESTS_CA_BUNDLE": str(bundle)}
    return run("doctor", "--provider", "xpkit", "--region", "emea", env=variables)


def today():
    """Return this day's date where clocks are, as the command writes it."""
    return f"{datetime.now(timezone.utc):%Y-%m-%d}"


def last_line(ran):
    """Return what the command says at the end."""
    return ran.stdout.splitlines()[-1]


def test_good(served, authority, tmp_path):
    """
    A certificate of the authority that is trusted is good, and its end is told.
    """
    service = served(authority.issue_cert(HOST))

    ran = doctor(service, authority, tmp_path)

    assert Code.DONE == ran.exit_code
    assert "certificate good until" in ran.stdout


@pytest.mark.parametrize(
    ("first", "last", "what"),
    [
        (-9 * DAY, -DAY, "the certificate has expired. Whoever runs"),
        (DAY, 9 * DAY, "the certificate is not valid yet. Set this machine's clock"),
    ],
    ids=["expired", "early"],
)
def test_validity(served, authority, tmp_path, *, first, last, what):
    """
    Fault 3: a certificate that is not valid now is told as that, with our clock's time.
    """
    now_at, began = datetime.now(timezone.utc), today()
    days = {"not_before": now_at + first, "not_after": now_at + last}
    service = served(authority.issue_cert(HOST, **days))

    ran = doctor(service, authority, tmp_path)

    assert Code.UNAVAILABLE == ran.exit_code
    assert last_line(ran).startswith(f"Stopped at TLS: {what}")
    # Midnight may pass.
    assert any(day in last_line(ran) for day in (began, today()))
    assert [] == service.requests


def test_wrong_authority(served, authority, other, tmp_path, monkeypatch):
    """
    Fault 4: a certificate of another authority is told as that, with what is trusted.

    What the system trusts does not count: requests does not look at it.
    """
    service = served(authority.issue_cert(HOST))
    systems = tmp_path / "systems.pem"
    authority.cert_pem.write_to_path(str(systems))
    monkeypatch.setenv("SSL_CERT_FILE", str(systems))

    ran = doctor(service, other, tmp_path)

    assert Code.UNAVAILABLE == ran.exit_code
    assert last_line(ran).startswith(
        f"Stopped at TLS: the certificate's authority is not known. If {HOST}:443 is"
    )
    assert f"Trusted now: {tmp_path / 'authority.pem'}." in last_line(ran)
    assert [] == service.requests


def test_chain_with_its_root(served, authority, other, tmp_path):
    """
    So it is where the server sends its authority along, which proves nothing.
    """
    service = served(authority.issue_cert(HOST), authority.cert_pem)

    ran = doctor(service, other, tmp_path)

    assert "the certificate's authority is not known" in last_line(ran)
