"""Many processes of many threads on short tokens, for half a minute."""

import collections
import time

from stores.program import ENDED
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
    # A call that waits for a processor may meet the end of a token so short twice: of its
    # own and, in the replay, of a sibling's, and then the API's refusal is what it gets.
    assert total.pop(ENDED, 0) <= total["200"] / 1000
    assert ["200"] == list(total)
    assert box.xee.reuses == 0
    # Each is renewed at its end or a little before; later, where the machine is busy.
    assert box.xee.token_requests >= SECONDS / LIFETIME_S / 2
