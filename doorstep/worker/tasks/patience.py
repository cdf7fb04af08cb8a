"""What happens to a job that breaks again and again."""

from __future__ import annotations

from collections.abc import Callable

from procrastinate import JobContext, RetryStrategy

MOST_RETRIES = 5
STUBBORN = RetryStrategy(max_attempts=MOST_RETRIES, exponential_wait=3)


def until_given_up(context: JobContext, work: Callable[[], None], give_up: Callable[[], None]) -> None:
    """Runs the work of a `STUBBORN` job; when its last retry breaks too, somebody who waits for it is told."""
    try:
        work()
    except Exception:
        if context.job.attempts >= MOST_RETRIES:
            give_up()
        raise
