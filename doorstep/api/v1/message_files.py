"""The files of messages, as bytes."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from django.http import HttpResponse
from ninja import Path, Router

from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import BIGGEST_ID, Id
from doorstep.flows import message_files
from doorstep.inbox import queries

router = Router(tags=["Inbox"])
BYTES = "application/octet-stream"
Place = Annotated[int, Path(ge=0, le=BIGGEST_ID, description="`n` of the file among its message's attachments.")]


@operation(router, "GET", "/messages/{message_id}/files/{n}", scope="inbox:read", answers={200: None}, kind=BYTES)
def get_message_file(request: Asked, message_id: Id, n: Place) -> HttpResponse:
    """A file of a message. Whatever its sender said it is, it comes as bytes to be saved."""
    message = queries.get_message(request.ctx, message_id=message_id)
    found = message_files.get(request.ctx, message=message, n=n)
    response = HttpResponse(bytes(found.content), content_type=BYTES)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
