"""Single values out of the documents of shops, each read or refused: what every shop writes alike. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.base.texts import one_line


def unreadable(reason: str) -> Refused:
    """What to raise for a document of another shape."""
    return Refused(UNREADABLE, {"reason": reason})


def text(value: object, longest: int) -> str:
    """A text as our columns hold it: no control characters, single spaces, cut to length; "" for null."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise unreadable("a text is of another type")
    return one_line(value, longest)


def moment(value: object) -> datetime:
    """An ISO 8601 moment in UTC."""
    try:
        found = datetime.fromisoformat(str(value))
        if found.tzinfo is None:
            raise ValueError
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise unreadable(f"{text(str(value), 40)} is not a moment") from None
