"""Many processes of many threads on short tokens, for half a minute."""

import collections
import time

from stores.programs import all_of, programs

PROCESSES, THREADS, SECONDS = 8, 8, 30.0
LIFETIME_S = 2.0


def test_soak(box, folder, report):
    """
    No call fails, no one-time refresh token is used twice, nobody has to log in.
    """
    box.xee.lifetime_s = LIFETIME_S
    box.xee.recording = False
    seed = {"refresh_token": box.xee.issue_refresh_token(), "account": "ada"}
    with programs(PROCESSES, "xee", folder, **box.xee.credentials, **seed) as all_eight:
        ends_at = time.time() + SECONDS
        told = all_of(all_eight, "get_until", box.xee.api_url, ends_at, THREADS)

    total = sum((collections.Counter(counts) for counts in told), collections.Counter())
    report(
        f"{dict(total)}; {box.xee.token_requests} token requests, {box.xee.reuses}"
        f" reuses, {box.xee.refusals} refusals"
    )
    assert ["200"] == list(total)
    assert box.xee.reuses == 0
    assert box.xee.token_requests >= SECONDS / LIFETIME_S
