"""`/events`: the live stream of the signed-in person's organisation."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from doorstep.web.live.stream import head, read_cursor, stream
from doorstep.web.parts.pages import public


@public
@require_GET
def events(request: HttpRequest) -> HttpResponseBase:
    """Streams what happens after Last-Event-ID, or after `?after=`, or from now on.

    A visitor gets 401 and no redirect: an EventSource cannot follow one to a form.  A page of an organisation (`?room=`)
    that the person has left in another tab gets nothing: it would take the other one's events for its own.  Shop staff are
    told only that their till has something to fetch.
    """
    ctx, staff = getattr(request, "ctx", None), getattr(request, "staff", None)
    if ctx is None or staff is None:
        return HttpResponse("Sign in first.\n", status=401, content_type="text/plain")
    if request.GET.get("room", str(ctx.organisation_id)) != str(ctx.organisation_id):
        return HttpResponse(status=204)
    wanted = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    after = read_cursor(wanted) or head(ctx.organisation_id)
    # The stream may stay for minutes; without this it would keep its connection from everybody else.
    connection.close()
    return StreamingHttpResponse(
        stream(ctx.organisation_id, after, staff_id=staff.id, is_bound=staff.is_bound),
        content_type="text/event-stream; charset=utf-8",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
