"""When a refusal may cost a renewal."""

import threading

import pytest
import requests

from requests_xauth import Token
from requests_xauth._refusals import (
    IN_A_ROW,
    PAUSE_S,
    PLACES,
    Refusals,
    place_of_request,
)

HERE, THERE = ("GET", "https://a.example", "x"), ("GET", "https://a.example", "y")
OLD, NEW = (Token(name, obtained_at=at) for name, at in (("old", 0.0), ("new", 2e9)))


@pytest.fixture
def refusals(clock):
    """A full budget and no place."""
    return Refusals(clock)


def charges(refusals, number):
    """Return what so many charges in a row are answered."""
    return [refusals.charge(HERE, OLD) for _ in range(number)]


class TestBudget:
    """What renewals that do not help may cost."""

    def test_three_in_a_row(self, refusals):
        """
        Three renewals in a row may fail to help; the fourth is not paid for.
        """
        assert [True, True, True, False, False] == charges(refusals, 5)

    def test_one_each_thirty_seconds(self, refusals, clock):
        """
        Once the budget is spent there is one each 30 s.
        """
        charges(refusals, 3)

        answers = []
        for _ in range(120):
            answers.append(refusals.charge(HERE, OLD))
            clock.tick(1)

        assert [30, 60, 90] == [n for n, answer in enumerate(answers) if answer]

    def test_a_place_that_is_tried_again(self, refusals, clock):
        """
        A place that is tried again after its 30 s spends nothing; sooner it does.
        """
        charges(refusals, 1)
        clock.tick(PAUSE_S)
        charges(refusals, 1)
        clock.tick(PAUSE_S - 0.5)
        charges(refusals, 1)

        answers = [refusals.charge(THERE, OLD) for _ in range(2)]

        assert [True, False] == answers

    def test_help_forgets_the_row(self, refusals, clock):
        """
        After a renewal that helped every place counts anew.
        """
        charges(refusals, 1)
        refusals.allowed(THERE, asked=True)
        clock.tick(PAUSE_S)

        assert [True, True, True, False] == charges(refusals, 4)

    def test_help_refills(self, refusals):
        """
        A renewal that helped makes the budget full again.
        """
        charges(refusals, 4)

        refusals.allowed(HERE, asked=True)

        assert [True, True, True, False] == charges(refusals, 4)

    def test_time_alone_does_not_refill(self, refusals, clock):
        """
        However long it was quiet, there is one and no more.
        """
        charges(refusals, 3)

        clock.tick(3600)

        assert [True, False] == charges(refusals, 2)

    def test_clock_set_back(self, refusals, clock):
        """
        A clock that is set back does not lock the budget up.
        """
        charges(refusals, 3)

        clock.tick(-86_400)

        assert [True, False] == charges(refusals, 2)

    def test_threads_do_not_overspend(self, refusals):
        """
        Threads that charge at once spend no more than there is.
        """
        answers = []
        barrier = threading.Barrier(16)

        def spend():
            barrier.wait(10)
            answers.extend(charges(refusals, 50))

        threads = [threading.Thread(target=spend) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)

        assert IN_A_ROW == sum(answers)
        assert 800 == len(answers)


class TestPlaces:
    """Where a renewed token was refused too."""

    def test_remembered_for_thirty_seconds(self, refusals, clock):
        """
        A place is remembered for 30 s, and no other is.
        """
        refusals.remember(HERE, OLD)

        assert (True, False) == (
            refusals.remembered(HERE, OLD),
            refusals.remembered(THERE, OLD),
        )
        clock.tick(PAUSE_S - 0.5)
        assert refusals.remembered(HERE, OLD)
        clock.tick(0.5)
        assert not refusals.remembered(HERE, OLD)

    def test_remembered_anew(self, refusals, clock):
        """
        A place that is refused again is remembered from then on.
        """
        refusals.remember(HERE, OLD)
        clock.tick(20)
        refusals.remember(HERE, OLD)
        clock.tick(20)

        assert refusals.remembered(HERE, OLD)

    def test_clock_set_back(self, refusals, clock):
        """
        What lies in the future was noted before the clock was set back.
        """
        refusals.remember(HERE, OLD)

        clock.tick(-1)

        assert not refusals.remembered(HERE, OLD)

    def test_oldest_goes(self, refusals):
        """
        So many places are remembered; the one refused longest ago goes first.
        """
        places = [("GET", "https://a.example", str(n)) for n in range(PLACES)]
        for place in places:
            refusals.remember(place, OLD)
        refusals.remember(places[0], OLD)
        refusals.remember(places[2], OLD)

        refusals.remember(HERE, OLD)
        refusals.remember(THERE, OLD)

        gone = [place for place in places if not refusals.remembered(place, OLD)]
        assert [places[1], places[3]] == gone
        assert refusals.remembered(HERE, OLD)

    def test_places_cost_no_budget(self, refusals):
        """
        A remembered place and the budget are two things.
        """
        refusals.remember(HERE, OLD)

        assert [True] * 3 == charges(refusals, 3)

    @pytest.mark.parametrize(
        ("asked", "age_s", "remembered"),
        [
            (True, 3600, True),
            (True, 0, True),
            (False, PAUSE_S - 1, True),
            (False, PAUSE_S, False),
            (False, 3600, False),
        ],
    )
    def test_a_sibling_token(self, refusals, clock, asked, age_s, remembered):
        """
        A place is denied by a new token's refusal; an old one's may be the token's fault.
        """
        token = Token("sibling", obtained_at=clock() - age_s)

        refusals.refused(HERE, token, asked=asked)

        assert remembered is refusals.remembered(HERE, token)

    @pytest.mark.parametrize("asked", [True, False])
    def test_a_token_that_ended_on_its_way(self, refusals, clock, asked):
        """
        A new token that had ended when it was refused denies no place.
        """
        token = Token("new", obtained_at=clock(), expires_at=clock() + 2)
        refusals.charge(HERE, OLD)
        clock.tick(2)

        refusals.refused(HERE, token, asked=asked)

        assert not refusals.remembered(HERE, token)

    def test_a_token_that_ended_earns_nothing(self, refusals, clock):
        """
        Nor does it make the budget full again: nobody knows whether it would have helped.
        """
        charges(refusals, 3)
        token = Token("new", obtained_at=clock(), expires_at=clock() + 2)
        clock.tick(2)

        refusals.refused(HERE, token, asked=True)

        assert not refusals.charge(HERE, OLD)

    def test_a_token_that_was_born_expired(self, refusals, clock):
        """
        One that had never been good by its own account tells as much as any other.
        """
        token = Token("new", obtained_at=clock(), expires_at=clock())

        refusals.refused(HERE, token, asked=True)

        assert refusals.remembered(HERE, token)

    @pytest.mark.parametrize("asked", [True, False])
    def test_a_newer_token_that_is_good_there(self, refusals, asked):
        """
        Where a newer token helped nothing is denied; elsewhere nothing changes.
        """
        refusals.remember(HERE, OLD)
        refusals.remember(THERE, OLD)

        refusals.allowed(HERE, asked=asked)

        places = (HERE, THERE)
        assert [False, True] == [refusals.remembered(place, OLD) for place in places]

    @pytest.mark.parametrize(("token", "remembered"), [(NEW, False), (OLD, True)])
    def test_a_call_that_is_served(self, refusals, token, remembered):
        """
        Where a token is good another one's refusal was its own; not so where the same
        token is refused and good by turns.
        """
        refusals.remember(HERE, OLD)
        refusals.remember(THERE, OLD)

        refusals.served(HERE, token)

        places = (HERE, THERE)
        assert [remembered, True] == [refusals.remembered(p, NEW) for p in places]

    def test_a_call_that_is_served_elsewhere(self, refusals):
        """
        Where nothing was denied there is nothing to forget.
        """
        refusals.served(HERE, NEW)

        assert not refusals.has_places

    def test_a_denied_place_and_a_token_that_ended(self, refusals, clock):
        """
        A token that ended on its way says nothing of a place that was denied before.
        """
        token = Token("new", obtained_at=clock(), expires_at=clock())
        refusals.remember(HERE, OLD)

        refusals.refused(HERE, token._replace(obtained_at=clock() - 2), asked=False)

        assert refusals.remembered(HERE, token)

    def test_forked_child(self, refusals):
        """
        A lock that another thread held at the fork is made anew.
        """
        refusals._lock.acquire()

        refusals.renew_lock()

        assert not refusals.remembered(HERE, OLD)


def place(url, method="GET"):
    """Return the place of a request."""
    return place_of_request(requests.Request(method, url).prepare())


class TestTrials:
    """A place whose refusal was paid for, until it is known whether that helped."""

    def test_renewed_for_its_sake(self, refusals):
        """
        Refused again with the token renewed for it, it is remembered; no other place is.
        """
        refusals.charge(HERE, OLD)

        assert refusals.remembered(HERE, NEW)
        assert not refusals.remembered(THERE, NEW)

    def test_not_renewed_for_its_sake(self, refusals):
        """
        The token that was paid for, and one older still, say nothing new.
        """
        refusals.charge(HERE, OLD)

        assert not refusals.remembered(HERE, OLD)
        assert not refusals.remembered(HERE, Token("older", obtained_at=0.0))

    @pytest.mark.parametrize("asked", [True, False])
    def test_ends_with_help(self, refusals, asked):
        """
        Once a newer token was taken there, a refusal of it is one like any other.
        """
        refusals.charge(HERE, OLD)

        refusals.allowed(HERE, asked=asked)

        assert not refusals.remembered(HERE, NEW)

    def test_only_what_was_asked_for_refills(self, refusals):
        """
        A replay with somebody else's token earns nothing back.
        """
        charges(refusals, 3)

        refusals.allowed(HERE, asked=False)

        assert not refusals.charge(HERE, OLD)

    def test_ends_with_a_refusal(self, refusals, clock):
        """
        Once the new token was refused there, the place is remembered instead.
        """
        refusals.charge(HERE, OLD)
        clock.tick(10)
        refusals.remember(HERE, OLD)

        clock.tick(-5)  # before that place was noted, but not before it was paid for

        assert not refusals.remembered(HERE, NEW)

    def test_ends_with_time(self, refusals, clock):
        """
        What is never known is forgotten after 30 s.
        """
        refusals.charge(HERE, OLD)

        clock.tick(PAUSE_S)

        assert not refusals.remembered(HERE, NEW)

    def test_bounded(self, refusals):
        """
        So many are kept; the oldest goes first.
        """
        places = [("POST", "https://a.example", str(n)) for n in range(PLACES + 1)]
        for place in places:
            refusals.charge(place, OLD)
            refusals.allowed(HERE, asked=True)

        gone = [place for place in places if not refusals.remembered(place, NEW)]
        assert [places[0]] == gone


class TestRequests:
    """Which requests are to one place."""

    @pytest.mark.parametrize(
        "url",
        [
            "https://api.example/v1/cars",
            "https://API.example:443/v1/cars",
            "https://api.example./v1/cars?page=2",
            "https://api.example/v1/cars?page=2?page=3",
            "https://api.example/v1/cars#top",
            "https://api.example/v1/cars#top#end",
            "https://ada:pw@api.example/v1/cars",
        ],
    )
    def test_one_place(self, url):
        """
        A place is method, origin and path, however the URL is written.
        """
        assert ("GET", "https://api.example", "v1/cars") == place(url)

    @pytest.mark.parametrize(
        "other",
        [
            place("https://api.example/v1/cars", "POST"),
            place("https://api.example/v1/cars/"),
            place("https://api.example/v1"),
            place("https://api.example:8443/v1/cars"),
            place("https://other.example/v1/cars"),
            place("http://api.example/v1/cars"),
        ],
    )
    def test_other_places(self, other):
        """
        Another method, host, port, scheme or path is another place.
        """
        assert place("https://api.example/v1/cars") != other

    def test_a_url_as_a_path(self):
        """
        A path may have a URL in it, as proxies and archives have.
        """
        expected = ("GET", "https://api.example", "to/http://cars.example/v1")

        assert expected == place("https://api.example/to/http://cars.example/v1")

    def test_a_url_that_was_set_by_hand(self):
        """
        A place ends at the first of its marks, also where requests would have quoted.
        """
        request = requests.Request("GET", "https://api.example/").prepare()
        request.url = "https://api.example/v1/cars#top#end?x?y"

        assert ("GET", "https://api.example", "v1/cars") == place_of_request(request)

    def test_request_without_a_url(self):
        """
        A request that was never prepared has a place of its own.
        """
        assert ("", "://''", "") == place_of_request(requests.PreparedRequest())
