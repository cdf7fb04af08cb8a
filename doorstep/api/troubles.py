"""What went wrong → what is said of it, and its headers. Every way into the API says it by these."""

from __future__ import annotations

import logging

from django.db import DataError, InterfaceError, OperationalError
from psycopg.errors import NumericValueOutOfRange

from doorstep.api import limits, refusals
from doorstep.base import idempotency, problems
from doorstep.base.refusals import Refused

log = logging.getLogger("doorstep.api")


def refusal_of(trouble: Exception, *, trace: str) -> Refused:
    """What the sender is told; whatever is our fault is logged under the trace."""
    if isinstance(trouble, Refused):
        return trouble
    if isinstance(trouble, DataError) and isinstance(trouble.__cause__, NumericValueOutOfRange):
        return Refused(refusals.OUT_OF_RANGE)
    log.error("trace %s", trace, exc_info=trouble)
    if isinstance(trouble, OperationalError | InterfaceError):
        return Refused(problems.AWAY)
    return Refused(refusals.INTERNAL)


def hints(refused: Refused) -> dict[str, str]:
    """Headers that belong to a refusal."""
    if refused.refusal is limits.RATE_LIMITED:
        wait_s = str(refused.facts["wait_s"])
        return {
            "Retry-After": wait_s, "RateLimit-Limit": str(refused.facts["limit"]), "RateLimit-Remaining": "0",
            "RateLimit-Reset": wait_s,
        }  # fmt: skip
    if refused.refusal in (idempotency.IN_FLIGHT, limits.TOO_BUSY):
        return {"Retry-After": "1"}
    if refused.refusal is problems.AWAY:
        return {"Retry-After": "2"}
    if refused.refusal.status == 401:
        return {"WWW-Authenticate": 'Bearer realm="doorstep"'}
    if refused.refusal is problems.METHOD_NOT_ALLOWED:
        return {"Allow": str(refused.facts["allowed"])}
    return {}
