"""The ctx of commands that a person types: the command line reads the clock here."""

from __future__ import annotations

from datetime import UTC, datetime

from doorstep.base.ctx import SYSTEM, Ctx, new_trace


def command_ctx(organisation_id: int) -> Ctx:
    """Doorstep acting for an organisation, now."""
    return Ctx(organisation_id, SYSTEM, datetime.now(UTC), new_trace())
