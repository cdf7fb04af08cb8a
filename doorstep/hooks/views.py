"""Webhooks of shops, carriers and mail providers: verify, keep the raw bytes, do what they say, answer after the commit."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from doorstep.base import arrivals, problems
from doorstep.base.arrivals import Incoming
from doorstep.base.ctx import new_trace
from doorstep.base.problems import AWAY, METHOD_NOT_ALLOWED
from doorstep.base.refusals import BAD_SIGNATURE, NOT_FOUND, Refused
from doorstep.channels.port import Delivery
from doorstep.flows.arrivals import process
from doorstep.hooks import limits, senders
from doorstep.hooks.senders import Sender

log = logging.getLogger("doorstep.hooks")


@csrf_exempt
def receive(request: HttpRequest, provider: str, slug: str) -> HttpResponse:
    """A delivery of whoever the address names.

    Answers 200 once it is kept, whatever became of it: sending it again would not help.  A bad signature gets 401, an
    unknown address 404, a large body 413; 503 asks the sender to come again.
    """
    trace = getattr(request, "trace", "") or new_trace()
    try:
        if request.method != "POST":
            raise Refused(METHOD_NOT_ALLOWED, {"method": request.method or "", "allowed": "POST"})
        sender = senders.find(provider=provider, slug=slug, now=datetime.now(UTC), trace=trace)
        if sender is None:
            raise Refused(NOT_FOUND, {"what": "connection", "key": ""})
        body = limits.read_body(request, sender.kind.largest)
        try:
            delivery = sender.open(request.headers, body)
        except Refused as refused:
            if refused.refusal is BAD_SIGNATURE:
                sender.note_rejected(str(refused.facts.get("reason", "")))
            raise
        answer: HttpResponse = JsonResponse(_keep(sender, delivery, request, body))
    except Refused as refused:
        answer = _problem(refused, trace)
    except DatabaseError:
        log.exception("trace %s", trace)
        answer = _problem(Refused(AWAY), trace)
        answer.headers["Retry-After"] = "2"
    answer.headers["Trace"] = trace
    return answer


receive.public_page = True  # type: ignore[attr-defined]


def _keep(sender: Sender, delivery: Delivery, request: HttpRequest, body: bytes) -> dict[str, Any]:
    """Kept before it is read: after a crash the sender, who got no answer, sends it again, and what was kept is read."""
    with transaction.atomic():
        incoming = Incoming(
            sender.row.id,
            sender.name(delivery, body),
            delivery.topic,
            body,
            request.headers.get("Content-Type", "")[:80],
            limits.kept_headers(request.headers),
            sender.kind.source,
        )
        (kept,) = arrivals.keep(sender.ctx, [incoming])
        if delivery.is_signed:
            sender.note_seen()
    outcomes = process(sender.ctx, arrival_ids=[kept.id])
    return {"arrival": kept.id, "duplicate": not kept.is_new, "outcome": outcomes.get(kept.id, "kept")}


def _problem(refused: Refused, trace: str) -> HttpResponse:
    """Machines read these, so they are in English."""
    body = problems.body_of(refused, language="en", trace=trace)
    answer = HttpResponse(body, status=refused.refusal.status, content_type=problems.CONTENT_TYPE)
    if refused.refusal is METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = str(refused.facts["allowed"])
    return answer
