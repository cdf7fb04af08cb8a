"""What of the till concerns the shops of whoever asks."""

from __future__ import annotations

from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.web.parts.pages import StaffRequest


def require_here(request: StaffRequest, *, location_id: int | None, what: str, key: int) -> None:
    """Refuses what belongs to another shop as if it were not there, so that nobody learns of it by counting."""
    if request.staff.is_bound and (location_id is None or not request.staff.works_at(location_id)):
        raise Refused(NOT_FOUND, {"what": what, "key": key})
