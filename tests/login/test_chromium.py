"""
A login in a real Chromium, by the sandbox's own consent page.

What it shows is kept as pictures: below tox's work directory, else where pytest keeps
temporary files.
"""

import os
import shutil
import threading
from pathlib import Path

import pytest
import requests
from login.people import leave_out
from login.programs import used
from ports import free_port
from stores.with_file import FileStore

from requests_xauth import XeeAuth, errors
from requests_xauth.sandbox import Sandbox

try:
    from selenium import webdriver
    from selenium.webdriver.common.by import By
except ImportError:
    webdriver = None

PROGRAMS = ("chromium", "chromedriver")


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """Start a browser without a window."""
    if webdriver is None:
        leave_out("No selenium: pip install selenium")
    found = {name: shutil.which(name) for name in PROGRAMS}
    if not all(found.values()):
        leave_out("No browser: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = found["chromium"]
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in (
        "--headless=new",
        "--no-sandbox",  # as root it does not start with one; it visits this machine only
        "--disable-dev-shm-usage",
        "--no-proxy-server",
        "--window-size=800,600",
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(argument)
    service = webdriver.ChromeService(found["chromedriver"], port=free_port())
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_page_load_timeout(30)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Return the folder that the pictures are kept in."""
    work_dir = os.environ.get("TOX_WORK_DIR")
    if work_dir is None:
        return tmp_path_factory.mktemp("pictures")
    folder = Path(work_dir) / "pictures" / os.environ["TOX_ENV_NAME"]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def box():
    """Return a sandbox on the real clock, which the browser has too."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def visit(chromium, pictures):
    """Return what opens an URL, decides, and takes a picture in light and dark."""

    class Visit:
        def __init__(self, decision):
            self._button = f"button[value={decision}]"
            self._done = threading.Event()

        def __call__(self, url):
            """Do what the person does."""
            chromium.get(url)
            chromium.find_element(By.CSS_SELECTOR, self._button).click()
            self._done.set()

        def shown(self, name):
            """Return title, heading and the background's colours, light and dark."""
            assert self._done.wait(30)
            title, heading = chromium.title, chromium.find_element(By.TAG_NAME, "h1")
            return (
                title,
                heading.text,
                *(self._seen(name, s) for s in ("light", "dark")),
            )

        def _seen(self, name, scheme):
            feature = {"name": "prefers-color-scheme", "value": scheme}
            chromium.execute_cdp_cmd(
                "Emulation.setEmulatedMedia", {"features": [feature]}
            )
            chromium.save_screenshot(str(pictures / f"{name}-{scheme}.png"))
            body = chromium.find_element(By.TAG_NAME, "body")
            return body.value_of_css_property("background-color")

    return Visit


def auth_of(box, folder):
    """Return the auth object of the program that others run later."""
    given = {**box.xee.credentials, "redirect_uri": "http://127.0.0.1/callback"}
    return XeeAuth(**given, store=FileStore(str(folder)), account="ada")


def test_allowed(box, chromium, visit, tmp_path):
    """
    A person logs in and is told so; then another process needs no login.
    """
    auth, person = auth_of(box, tmp_path), visit("allow")

    auth.login(open_browser=person, timeout_s=60)

    # Coloured by the page's own style: the policy lets that through, and nothing else.
    assert (
        "Logged in to Xee",
        "Logged in to Xee",
        "rgba(244, 245, 247, 1)",
        "rgba(18, 22, 29, 1)",
    ) == person.shown("allowed")
    told = [entry["message"] for entry in chromium.get_log("browser")]
    assert [] == [message for message in told if "favicon" not in message]
    assert 200 == requests.get(box.xee.api_url, auth=auth, timeout=30).status_code
    assert "status 200" == used(box, str(tmp_path))
    assert 1 == box.xee.token_requests


def test_denied(box, visit, tmp_path):
    """
    A person who says no is told that, and so is the program.
    """
    person = visit("deny")

    with pytest.raises(errors.LoginRequired, match="access_denied"):
        auth_of(box, tmp_path).login(open_browser=person, timeout_s=60)

    assert "Access was denied" == person.shown("denied")[0]


def test_failed(box, visit, tmp_path):
    """
    What the provider refused is told in its words, over several lines if need be.
    """
    auth, person = auth_of(box, tmp_path), visit("allow")
    box.xee.client_secret = "changed-meanwhile"

    with pytest.raises(errors.TokenRequestError):
        auth.login(open_browser=person, timeout_s=60)

    assert "Not logged in" == person.shown("failed")[0]
