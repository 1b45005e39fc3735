"""What the chaos run excuses a failed call by, and on whose word."""

import pytest
from workers.chaos_records import Asked, Attempt, Event, call, causes, run


def kind_of(failed, **more):
    """Return the kind of the cause of a failed call."""
    return causes.cause_of(failed, run(failed, **more)).kind


class TestCauses:
    """What excuses a failure, by whose word."""

    @pytest.mark.parametrize(
        ("told", "kind"),
        [
            (["HTTP 503"] * 4, causes.UNAVOIDABLE),
            (["HTTP 503"] * 3, causes.AVOIDABLE),
            (["HTTP 503"] * 3 + ["HTTP 200", "HTTP 503"], causes.AVOIDABLE),
        ],
    )
    def test_the_token_endpoint(self, told, kind):
        """
        Four failed attempts in a row excuse a call; fewer do not.
        """
        attempts = tuple(
            Attempt(1, 100.0 + number / 10, "Xee", one)
            for number, one in enumerate(told)
        )

        assert kind == kind_of(call(told="ProviderUnavailable"), attempts=attempts)

    def test_the_token_endpoint_of_another_worker(self):
        """
        Nor do another worker's, where each has its own token.
        """
        attempts = tuple(Attempt(1, 100.5, "M2M", "HTTP 503") for _ in range(4))

        assert causes.AVOIDABLE == kind_of(
            call("M2M", "ProviderUnavailable"), attempts=attempts
        )

    @pytest.mark.parametrize(
        ("more", "kind"),
        [
            ({}, causes.UNAVOIDABLE),
            ({"saved": frozenset({"3f9a21"})}, causes.AVOIDABLE),
            ({"logins": (99.5,)}, causes.AVOIDABLE),
            ({"events": ()}, causes.AVOIDABLE),
        ],
    )
    def test_a_lost_refresh_token(self, more, kind):
        """
        A killed worker excuses a login that is lost, until somebody has logged in.
        """
        proof = {
            "asked": (Asked(98.0, 99.0, "Xee", "", "3f9a21"),),
            "events": (Event(99.1, "kill", "worker"),),
        }

        assert kind == kind_of(call(told="LoginRequired"), **{**proof, **more})

    @pytest.mark.parametrize(
        ("killed_at", "kind"), [(100.1, "limit"), (98.0, "avoidable")]
    )
    def test_a_siblings_dead_token(self, killed_at, kind):
        """
        A call that went out again with a sibling's dead token met a limit.
        """
        proof = {
            "asked": (Asked(98.5, 99.0, "Xee", "", "newer"),),
            "events": (Event(killed_at, "expire", "Xee"),),
        }

        assert kind == kind_of(call(told="403", marks=("older", "newer")), **proof)
        assert "avoidable" == kind_of(call(told="403", marks=("newer",) * 2), **proof)

    def test_a_hold_of_the_dead(self):
        """
        A killed worker's hold in Redis is a limit of the token that is there.
        """
        events = (Event(90.0, "held by the dead", ""),)

        assert "limit" == kind_of(call("XPKit", "no answer"), events=events)
        assert "avoidable" == kind_of(call("Xee", "no answer"), events=events)
