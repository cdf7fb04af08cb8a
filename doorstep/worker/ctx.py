"""The ctx of work that no person started: one place reads the clock for the whole worker."""

from __future__ import annotations

from datetime import UTC, datetime

from doorstep.base.ctx import SYSTEM, Ctx, new_trace


def system_ctx(organisation_id: int, *, trace: str = "") -> Ctx:
    """Doorstep acting for an organisation, now."""
    return Ctx(organisation_id, SYSTEM, datetime.now(UTC), trace or new_trace())
