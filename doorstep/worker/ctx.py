"""The ctx of work that no person started: one place reads the clock for the whole worker; and each organisation alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from doorstep.accounts import queries as accounts
from doorstep.base import alone
from doorstep.base.ctx import SYSTEM, Ctx, new_trace


def system_ctx(organisation_id: int, *, trace: str = "") -> Ctx:
    """Doorstep acting for an organisation, now."""
    return Ctx(organisation_id, SYSTEM, datetime.now(UTC), trace or new_trace())


def each_brand(do: Callable[[Ctx], object]) -> int:
    """Does something for every organisation, as `alone.each` does it.  Returns: what came of all of them together."""
    return alone.each(
        [organisation.id for organisation in accounts.list_organisations()],
        lambda id: do(system_ctx(id)),
        named=lambda id: f"organisation {id}",
    )
