"""The ctx of work that no person started: one place reads the clock for the whole worker."""

from __future__ import annotations

from datetime import UTC, datetime

from doorstep.base.ctx import SYSTEM, Actor, Ctx, new_trace


def system_ctx(organisation_id: int, *, actor: Actor = SYSTEM, trace: str = "") -> Ctx:
    """Doorstep acting for an organisation, now."""
    return Ctx(organisation_id, actor, datetime.now(UTC), trace or new_trace())
