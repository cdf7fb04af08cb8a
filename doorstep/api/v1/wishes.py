"""What a request is known by: asked again after a crash, it is the same wish."""

from __future__ import annotations

from hashlib import blake2b
from uuid import uuid4

from doorstep.api.v1.door import Asked
from doorstep.base.problems import Mistake, Mistaken
from doorstep.base.words import gettext_noop


def wish_of(request: Asked) -> str:
    """The wish behind the `Idempotency-Key`, of this API key alone; one of its own where none was given.

    The answers kept for repeated requests are lost where we died before one was kept, so what must never happen twice
    goes by this.
    """
    given = request.headers.get("Idempotency-Key", "")
    return f"api:{request.key.id}:{blake2b(given.encode(), digest_size=16).hexdigest()}" if given else str(uuid4())


def named_wish_of(request: Asked) -> str:
    """The wish behind the `Idempotency-Key`.  Refuses: requests that give none."""
    if not request.headers.get("Idempotency-Key", ""):
        raise Mistaken([Mistake("Idempotency-Key", "missing", gettext_noop("must be given."))])
    return wish_of(request)
