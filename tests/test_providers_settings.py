"""The presets' values: from the environment, and XPKit's regions."""

import re

import pytest
from facts import (
    BASES,
    ENVIRONMENT,
    FACTS,
    LOOKED_UP,
    REGION,
    arguments,
    name_of,
)

from requests_xauth.errors import ConfigError

KINDS = list(dict.fromkeys(facts["kind"] for facts in FACTS.values()))


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch):
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


class TestEnvironment:
    """Values not given are looked up."""

    @pytest.mark.parametrize("kind", KINDS, ids=name_of)
    def test_all_are_looked_up(self, kind):
        """
        Every value that a preset cannot be without has a place in the environment.
        """
        found = {name for k, name in LOOKED_UP if k is kind} | set(REGION.get(kind, ()))

        assert found == set(arguments(kind))

    @pytest.mark.parametrize("kind", KINDS, ids=name_of)
    def test_everything(self, monkeypatch, kind):
        """
        A preset can be had without any argument.
        """
        given = arguments(kind)
        for (k, name), (env, _) in LOOKED_UP.items():
            if k is kind:
                monkeypatch.setenv(env, given[name])
        monkeypatch.setenv("XPKIT_REGION", "EMEA")

        auth = kind()

        given.update(REGION.get(kind, {}))
        assert kind(**given)._setup == auth._setup

    @pytest.mark.parametrize(("kind", "name"), LOOKED_UP, ids=name_of)
    def test_missing(self, kind, name):
        """
        What is missing there too is a ConfigError that names both ways to give it.
        """
        env, who = LOOKED_UP[kind, name]
        text = f"No {name} given for {who}: pass {name}= or set {env}."

        with pytest.raises(ConfigError, match=f"^{re.escape(text)}$"):
            kind(**arguments(kind, without=[name]))

    @pytest.mark.parametrize(("kind", "name"), LOOKED_UP, ids=name_of)
    def test_copied_badly(self, monkeypatch, kind, name):
        """
        White space in a variable is told by the variable's name; a password may have it.
        """
        env, who = LOOKED_UP[kind, name]
        monkeypatch.setenv(env, f"{arguments(kind)[name]} ")
        text = f"{env} of {who} has white space around it: copy it again without."

        if name == "password":
            assert (
                "pw " == kind(**arguments(kind, without=[name]))._setup.grant.password
            )
            return
        with pytest.raises(ConfigError, match=f"^{re.escape(text)}$"):
            kind(**arguments(kind, without=[name]))


KNOWN_REGIONS = "Regions: amer, apac, china, emea."


@pytest.mark.parametrize("kind", REGION, ids=name_of)
class TestRegions:
    """XPKit's regions, for machines and for people."""

    @pytest.mark.parametrize("region", BASES)
    @pytest.mark.parametrize("written", [str.lower, str.upper, str.title])
    def test_any_case(self, monkeypatch, kind, region, written):
        """
        A region is known in any case, given or from the environment.
        """
        given = arguments(kind, without=["region"])
        monkeypatch.setenv("XPKIT_REGION", written(region))
        url = f"https://auth.{BASES[region]}/api/token/"

        assert url == kind(**given)._setup.provider.token_url
        assert url == kind(written(region), **given)._setup.provider.token_url

    @pytest.mark.parametrize(
        ("region", "text"),
        [
            (None, "No region given for XPKit: pass region= or set XPKIT_REGION."),
            ("mars", "XPKit has no region 'mars'."),
            ("emea.xpkit.net", "XPKit has no region 'emea.xpkit.net'."),
            ("", "region= of XPKit is empty."),
            (5, "region= of XPKit must be text, not int."),
            (
                " emea",
                "region= of XPKit has white space around it: copy it again without.",
            ),
        ],
    )
    def test_unknown(self, kind, region, text):
        """
        Anything else, or none at all, is a ConfigError that lists them.
        """
        given = {**arguments(kind), "region": region}

        with pytest.raises(
            ConfigError, match=f"^{re.escape(f'{text} {KNOWN_REGIONS}')}$"
        ):
            kind(**given)

    def test_unknown_in_the_environment(self, monkeypatch, kind):
        """
        The environment's is no better.
        """
        monkeypatch.setenv("XPKIT_REGION", "mars")
        text = f"XPKit has no region 'mars'. {KNOWN_REGIONS}"

        with pytest.raises(ConfigError, match=f"^{re.escape(text)}$"):
            kind(**arguments(kind, without=["region"]))

    def test_not_needed(self, monkeypatch, kind):
        """
        With a base_url there need not be one, and the environment's is not looked at.
        """
        monkeypatch.setenv("XPKIT_REGION", "mars")

        auth = kind(
            **arguments(kind, without=["region"]), base_url="https://gw.example"
        )

        assert ("gw.example",) == auth.explain().hosts

    def test_checked_all_the_same(self, kind):
        """
        A region that is given beside a base_url has to be one.
        """
        with pytest.raises(
            ConfigError, match=r"^XPKit has no region 'mars'\. Regions: "
        ):
            kind(**{**arguments(kind), "region": "mars"}, base_url="https://gw.example")

    @pytest.mark.parametrize("region", BASES)
    @pytest.mark.parametrize("other", BASES)
    def test_tokens_stay_in_their_region(self, kind, region, other):
        """
        A region's token goes to that region's services, and to no other's.
        """
        auth = kind(**{**arguments(kind), "region": region})

        allowed = auth._hosts.allow(f"https://profiles.{BASES[other]}/api/")

        assert allowed is (region == other)

    @pytest.mark.parametrize(
        "service",
        [
            *("activities", "alerts", "catalogue", "resources", "exports", "health"),
            *("auth", "identifications", "jobs", "moments", "nfts", "notifications"),
            *("profiles", "queues", "socialauth", "souvenirs", "vcc"),
        ],
    )
    def test_services(self, kind, service):
        """
        Every service of the region may see the token.
        """
        auth = kind(**arguments(kind, without=["region"]), region="china")

        assert auth._hosts.allow(f"https://{service}.china.xpkit.cn/api/things/")
        assert not auth._hosts.allow(f"https://{service}.china.xpkit.net/api/things/")
