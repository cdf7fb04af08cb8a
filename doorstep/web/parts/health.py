"""What machines ask: alive, ready, and the figures."""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import psycopg
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from psycopg.conninfo import make_conninfo

from doorstep.base.stuck import MOST_ATTEMPTS
from doorstep.web.parts.pages import public

COUNTED_IN = "PROMETHEUS_MULTIPROC_DIR"  # read by prometheus_client when it is imported
LOOPBACK = ("127.0.0.1", "::1")
requests = Histogram(
    "doorstep_http_request_seconds", "Time to answer, by route.", ["method", "route", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.3, 1, 3, 10),
)  # fmt: skip
FIGURES = {
    "doorstep_events_pending": (
        "Events that wait for the dispatcher.",
        "SELECT count(*) FROM base_event WHERE pending",
    ),
    "doorstep_events_pending_oldest_seconds": (
        "Age of the oldest event that waits.",
        "SELECT COALESCE(extract(epoch FROM now() - min(at)), 0) FROM base_event WHERE pending",
    ),
    "doorstep_events_given_up": (
        "Events whose flows failed so often that they wait for a person.",
        f"SELECT count(*) FROM base_event WHERE NOT pending AND attempts >= {MOST_ATTEMPTS}",
    ),
    "doorstep_arrivals_unread": (
        "Arrivals that nobody settled.",
        "SELECT count(*) FROM base_arrival WHERE outcome = 'received'",
    ),
    "doorstep_jobs_waiting": (
        "Jobs that wait, also those for a later try.",
        "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'",
    ),
    "doorstep_jobs_failed": ("Jobs that gave up.", "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'"),
}


@public
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The process answers."""
    return JsonResponse({"status": "ok"})


@public
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Whether a request would be served: database, migrations, queue; 503 names what is missing."""
    said = {"database": "unreachable", "migrations": "unknown", "queue": "unknown"}
    try:
        with _brief_connection() as brief:
            brief.execute("SELECT 1")
            said["database"] = "ok"
            said["migrations"] = _migrations(brief)
            found = brief.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL").fetchone()
            said["queue"] = "ok" if found and found[0] else "missing"
    except psycopg.Error:
        pass
    ready = set(said.values()) == {"ok"}
    return JsonResponse({"status": "ok" if ready else "not ready", **said}, status=200 if ready else 503)


@public
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures in Prometheus form, for the machine itself or for whoever holds DOORSTEP_METRICS_TOKEN."""
    if not _may_scrape(request):
        return HttpResponse("A token is needed: DOORSTEP_METRICS_TOKEN.\n", status=401, content_type="text/plain")
    return HttpResponse(generate_latest(_registry()) + _figures(), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    """What is counted in this process, or in all of the house where they count into one folder."""
    folder = os.environ.get(COUNTED_IN)
    if not folder:
        return REGISTRY
    for kept in Path(folder).glob("gauge_live*.db"):
        pid = int(kept.stem.rpartition("_")[2])
        if not psutil.pid_exists(pid):
            mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]
    together = CollectorRegistry()
    MultiProcessCollector(together, path=folder)  # type: ignore[no-untyped-call]
    return together


def measured(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: counts and times every answer under the route that gave it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        route = request.resolver_match.route if request.resolver_match else "none"
        method = request.method if request.method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD") else "other"
        requests.labels(method, route, response.status_code).observe(time.perf_counter() - began)
        return response

    return middleware


def took(method: str, route: str) -> Callable[[int, float], None]:
    """What counts and times answers that no middleware sees: called with the status and the seconds."""

    @cache
    def seen(status: int) -> Histogram:
        return requests.labels(method, route, status)

    return lambda status, seconds: seen(status).observe(seconds)


def _brief_connection() -> psycopg.Connection[tuple[Any, ...]]:
    """A connection beside the pool that gives up soon, so that the answer comes while the database is away."""
    found = connection.settings_dict
    given = {"dbname": found["NAME"], "user": found["USER"], "password": found["PASSWORD"], "host": found["HOST"]}
    known = {key: value for key, value in (given | {"port": found["PORT"]}).items() if value}
    options = "-c statement_timeout=3000"
    return psycopg.connect(make_conninfo(**known, connect_timeout=3, options=options), autocommit=True)


@cache
def _wanted_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def _migrations(brief: psycopg.Connection[tuple[Any, ...]]) -> str:
    found = brief.execute("SELECT to_regclass('django_migrations') IS NOT NULL").fetchone()
    if not found or not found[0]:
        return "missing"
    applied = {(app, name) for app, name in brief.execute("SELECT app, name FROM django_migrations")}
    return "ok" if _wanted_migrations() <= applied else "missing"


def _may_scrape(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN:
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not forwarded


def _figures() -> bytes:
    """Figures that only the database knows; where it does not answer, only that."""
    found: list[tuple[str, str, float]] = []
    try:
        with _brief_connection() as brief:
            for name, (says, sql) in FIGURES.items():
                line = brief.execute(sql).fetchone()
                found.append((name, says, float(line[0]) if line else 0.0))
        up = 1.0
    except psycopg.Error:
        up = 0.0
    found.append(("doorstep_database_up", "Whether the database answers.", up))
    return "".join(f"# HELP {n} {says}\n# TYPE {n} gauge\n{n} {value:g}\n" for n, says, value in found).encode()
