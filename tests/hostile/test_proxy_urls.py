"""Proxies' URLs that cannot be read: the password in one is shown nowhere."""

import logging

import pytest
import requests
from hostile.tokens import told
from test_endpoint import GRANT, endpoint
from test_secrets import Heard

from requests_xauth import errors

PASSWORD = "Pr0xyS3cret"
BAD = [
    "http://user:Pr0xyS3cret@proxy:99999",
    "http://user:Pr0xyS3cret@proxy:port",
    "http://user:Pr0xyS3cret#@127.0.0.1:1",
    "http://user:Pr0xyS3cret/@127.0.0.1:1",
    "http://user:Pr0xyS3cret@[::1",
    "user:Pr0xyS3cret#@127.0.0.1:1",
    "foo://user:Pr0xyS3cret@proxy:1",
]


@pytest.fixture
def heard():
    """Return a handler that hears all logs."""
    root, handler = logging.getLogger(), Heard()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize("url", BAD)
def test_not_told(url, heard):
    """
    The error says that it is a proxy's URL, and has no part of it; nothing is logged.
    """
    session = requests.Session()
    session.trust_env = False
    session.proxies = {"https": url}
    with pytest.raises(
        errors.ConfigError,
        match=r"cannot be sent to a\.example: the URL of a proxy cannot be used .*session=",
    ) as caught:
        endpoint("https://a.example", session=session).ask(GRANT.form())

    assert not [text for text in told(caught.value) if PASSWORD in text]
    assert not [text for text in heard.texts if PASSWORD in text]


def test_it_would_be_told():
    """
    The twin: requests itself tells it.
    """
    proxies = {"https": BAD[0]}

    with pytest.raises(ValueError, match=PASSWORD):
        requests.get("https://a.example", proxies=proxies, timeout=5)
