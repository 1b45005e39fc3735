"""The chaos run's targets and figures, on records made by hand."""

import json

import pytest
from workers.chaos_records import (
    LIVES_S,
    SETTINGS,
    Asked,
    Event,
    Run,
    Size,
    call,
    figures,
    records,
    run,
    weather,
)


def missed(*calls, **more):
    """Return the targets that such a run has missed."""
    return figures.figures_of(run(*calls, **more))["missed"]


class TestTargets:
    """What makes a run fail."""

    def test_nothing_failed(self):
        """
        A run in which every call was served, and a denied one refused, misses nothing.
        """
        denied = call("XPKit", "403", place=records.DENIED)

        assert [] == missed(denied)

    @pytest.mark.parametrize("told", ["401", "403", "StoreError", "no answer"])
    def test_one_call_that_could_have_been_served(self, told):
        """
        One failed call that has no excuse misses the target.
        """
        assert ["Xee: 1 calls failed that could have been served"] == missed(
            call(told=told)
        )

    def test_one_token_too_many(self):
        """
        As many tokens as are allowed miss nothing; one more does.
        """
        allowed = figures.figures_of(run())["providers"]["Xee"]["allowed"]

        assert [] == missed(issued={"Xee": allowed})
        assert [f"Xee: {allowed + 1} tokens issued, {allowed} allowed"] == missed(
            issued={"Xee": allowed + 1}
        )

    def test_a_provider_that_nobody_called(self):
        """
        A provider that served nobody misses the target: nothing was tested.
        """
        told = figures.figures_of(Run(SETTINGS))["missed"]

        assert [f"{name}: no call was served" for name in LIVES_S] == told

    @pytest.mark.parametrize(("last", "targets"), [(28, 0), (29, 1)])
    def test_descriptors(self, last, targets):
        """
        A surviving worker may have a few more descriptors open, and no more than that.
        """
        sizes = (Size(0, 1.0, 20, 1 << 20), Size(0, 9.0, last, 1 << 20))

        assert targets == len(missed(sizes=sizes))

    @pytest.mark.parametrize(("others", "targets"), [(19, 0), (18, 1)])
    def test_limits(self, others, targets):
        """
        One call of twenty may meet a limit that is documented, and no more.
        """
        asked = Asked(98.5, 99.0, "M2M", "", "newer")
        limited = call("M2M", "401", marks=("older", "newer"))
        served = [call("M2M")] * (others - 1)  # one is there already

        told = missed(
            limited, *served, asked=(asked,), events=(Event(100.1, "revoke", "M2M"),)
        )

        assert targets == len(told)

    def test_limits_of_a_short_run(self, monkeypatch):
        """
        In a run of seconds their part says nothing, and is no target.
        """
        monkeypatch.setitem(SETTINGS, "seconds", 20.0)
        asked = Asked(98.5, 99.0, "M2M", "", "newer")
        limited = call("M2M", "401", marks=("older", "newer"))

        assert [] == missed(
            limited, asked=(asked,), events=(Event(100.1, "revoke", "M2M"),)
        )

    def test_many_hold_of_the_dead(self):
        """
        How many calls meet a killed worker's hold is no target.
        """
        event = Event(90.0, "held by the dead", "")

        assert [] == missed(call("XPKit", "no answer"), events=(event,))


class TestAllowances:
    """How many may be issued."""

    def test_what_is_for_what(self):
        """
        Lives that end, tokens that are killed, and a denied URL allow so many.
        """
        events = (
            Event(1.0, "deny", "XPKit"),
            Event(2.0, "revoke", "XPKit"),
            Event(3.0, "revoke", "M2M"),
            Event(4.0, "clock", "forward"),
        )

        allowed = figures.allowances("XPKit", run(events=events))

        assert 1.3 * 60 / 20 == pytest.approx(allowed["ends of lives"])
        assert (1, 1) == (allowed["killed"], allowed["clock set forward"])
        assert 6 + 4 * (60 / 30 + 1) == allowed["denied URLs"]

    def test_a_token_for_each_worker(self):
        """
        Where each worker has its own token, each may cost one.
        """
        event = Event(1.0, "revoke", "M2M")

        allowed = figures.allowances("M2M", run(events=(event,)))

        assert (6, 4) == (allowed["first ones"], allowed["killed"])
        assert 1.3 * 4 * 60 / 20 == pytest.approx(allowed["ends of lives"])


def test_percentiles():
    """
    Of a hundred values the last but one is the 99th percentile, and there may be none.
    """
    values = list(range(1, 101))

    told = [figures.percentile(values, part) for part in (0.5, 0.99, 0.999, 1.0)]

    assert [50, 99, 100, 100] == told
    assert figures.percentile([], 0.5) != figures.percentile([], 0.5)


def test_lines_are_read_back(tmp_path):
    """
    What a worker wrote is there, but for the line at which it was killed.
    """
    path = tmp_path / "000.lines"
    lines = records.Lines(path)
    lines.write("call", *call()[1:])
    lines.write("saved", "3f9a21")
    with path.open("a") as file:
        file.write('["call", 1.0')

    found = records.read([path], Run(SETTINGS))

    assert ((call(),), frozenset({"3f9a21"})) == (found.calls, found.saved)


def test_the_forecast():
    """
    A seed has one forecast, and in it everything goes wrong, and is set right again.
    """
    first, again, other = (weather.forecast(20, seed) for seed in (7, 7, 8))

    acts = [trouble.act for trouble in first]
    assert first == again != other
    assert {"deny", "clock", "kill", "stop", "start"} < set(acts)
    assert acts.count("stop") == acts.count("start") > 0
    assert all(trouble.at_s <= 20 for trouble in first)


def test_a_table_and_json():
    """
    The figures are told as text, and fit into JSON.
    """
    told = figures.figures_of(run(call(told="403")))

    assert "refused, and not renewed 1" in figures.table(told)
    assert told == json.loads(json.dumps(told))
