"""Somebody on the staff, as the API names them: by their user id."""

from __future__ import annotations

from doorstep.accounts import queries as accounts
from doorstep.accounts.values import StaffMember
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused


def find_member(ctx: Ctx, user_id: int | None) -> StaffMember | None:
    """The person on the staff with this user id; None for nobody.  Refuses: whoever is not on the staff."""
    if user_id is None:
        return None
    found = next((person for person in accounts.list_staff(ctx) if person.user_id == user_id), None)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "person", "key": user_id})
    return found
