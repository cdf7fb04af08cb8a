"""The bytes of a message's files, from where they came."""

from __future__ import annotations

from doorstep.base import arrivals
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.inbox import queries
from doorstep.inbox.values import MessageRow, Upload
from doorstep.messaging.reading import attachment_bytes


def get(ctx: Ctx, *, message: MessageRow, n: int) -> Upload:
    """One of a message's files with its bytes.  Refuses: a number that none of them has."""
    part = next((part for part in message.attachments if part["n"] == n), None)
    if part is None:
        raise Refused(NOT_FOUND, {"what": "file", "key": n})
    if message.arrival_id is None:
        return queries.get_upload(ctx, upload_id=n)
    raw = bytes(arrivals.get(ctx, id=message.arrival_id).body)
    return Upload(part["name"] or "file", part["content_type"], attachment_bytes(raw, n))
