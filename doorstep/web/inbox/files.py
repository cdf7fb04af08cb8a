"""Files of messages, handed out so that they can do no harm here; mails as they were written, in a box of their own."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

from django.http import Http404, HttpResponse

from doorstep.base.ctx import Ctx
from doorstep.flows import message_files
from doorstep.inbox import queries
from doorstep.inbox.values import MessageRow
from doorstep.web.parts.pages import StaffRequest, page

LOCKED = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
FRAMED = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
MOST_INLINE_BYTES = 3_000_000
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"),
)  # fmt: skip
_CID = re.compile(r"""(src\s*=\s*["'])cid:([^"'>\s]{1,300})(["'])""", re.IGNORECASE)


def image_type(content: bytes) -> str:
    """What kind of image these bytes are, told from the bytes alone; "" for anything that is none."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if content.startswith(magic)), "")


@page("inbox:read")
def file(request: StaffRequest, id: int, n: int) -> HttpResponse:
    """A file of a message: an image is shown, everything else is saved, and nothing runs."""
    found = message_files.get(request.ctx, message=queries.get_message(request.ctx, message_id=id), n=n)
    kind = image_type(found.content)
    response = HttpResponse(found.content, content_type=kind or "application/octet-stream")
    way = "inline" if kind else "attachment"
    response.headers["Content-Disposition"] = f"{way}; filename*=UTF-8''{quote(found.name, safe='')}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = LOCKED
    return response


@page("inbox:read")
def original(request: StaffRequest, id: int) -> HttpResponse:
    """A mail with its own formatting, for a frame in which no script runs and nothing is fetched."""
    message = queries.get_message(request.ctx, message_id=id)
    if not message.html:
        raise Http404
    body = _CID.sub(lambda found: found[1] + _inline(request.ctx, message, found[2]) + found[3], message.html)
    response = HttpResponse(
        f'<!doctype html><html><head><meta charset="utf-8"><base target="_blank"><style>{STYLE}</style></head>'
        f"<body>{body}</body></html>"
    )
    response.headers["Content-Security-Policy"] = FRAMED
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


STYLE = (
    "body{font:14px/1.5 system-ui,sans-serif;color:#1b1c20;background:#fff;margin:12px}img{max-width:100%;height:auto}"
)


def _inline(ctx: Ctx, message: MessageRow, content_id: str) -> str:
    """An image inside the mail as a data address; nothing for what is no image or too large."""
    wanted = content_id.strip("<>")
    for part in message.attachments:
        if part["content_id"].strip("<>") == wanted and part["size"] <= MOST_INLINE_BYTES:
            content = message_files.get(ctx, message=message, n=part["n"]).content
            kind = image_type(content)
            return f"data:{kind};base64,{base64.b64encode(content).decode()}" if kind else ""
    return ""
