"""Somebody on the staff, as the API names them: by their user id."""

from __future__ import annotations

from doorstep.accounts import queries as accounts
from doorstep.accounts.values import StaffMember
from doorstep.base.ctx import Ctx


def find_member(ctx: Ctx, user_id: int | None) -> StaffMember | None:
    """The person on the staff with this user id; None for nobody.  Refuses: whoever is not on the staff."""
    return None if user_id is None else accounts.get_member(ctx, user_id=user_id)
