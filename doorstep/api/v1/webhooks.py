"""Webhooks that go out: the catalogue of events, who is told of what, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Router, Status
from pydantic import Field, StrictBool, StrictStr

from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Cursor, Id, In, Limit, Out, text
from doorstep.channels import deliveries, webhooks
from doorstep.channels.values import DeliveryRow, SubscriptionRow
from doorstep.channels.webhooks import Added
from doorstep.flows.webhooks import catalogue
from doorstep.flows.webhooks.send import reach

router = Router(tags=["Webhooks"])
Url = Annotated[StrictStr, text(200, required=True)]
Types = Annotated[
    list[Annotated[StrictStr, text(60, required=True)]],
    Field(min_length=1, max_length=200, description="Types of the catalogue, or `*` for all, also those to come."),
]
State = Literal["", "pending", "delivered", "dead"]


class EventTypeOut(Out):
    """`json_schema`: the JSON Schema of the whole body; `example`: a body."""

    type: str
    version: int
    description: str
    json_schema: dict[str, Any]
    example: dict[str, Any]


class EventTypesOut(Out):
    events: list[EventTypeOut]
    next: str | None


class WebhookIn(In):
    url: Url
    types: Types


class WebhookPatchIn(In):
    """What is left out stays as it is."""

    url: Url | None = None
    types: Types | None = None
    active: StrictBool | None = None


class WebhookOut(Out):
    """`old_secret_until`: until then the secret before the last change signs too."""

    id: int
    url: str
    types: list[str]
    state: Literal["active", "paused", "failing"]
    problem: str
    old_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime


class WebhookSecretOut(WebhookOut):
    """`secret` is told this once."""

    secret: str


class WebhooksOut(Out):
    webhooks: list[WebhookOut]
    next: str | None


class DeliveryOut(Out):
    """`webhook_id` is the same at every attempt. `last_status` is null where nobody answered; then `last_answer` says why."""

    id: int
    webhook_id: str
    subscription_id: int
    type: str
    state: Literal["pending", "delivered", "dead"]
    attempts: int
    next_at: datetime | None
    last_status: int | None
    last_answer: str
    body: str
    created_at: datetime
    settled_at: datetime | None


class DeliveriesOut(Out):
    deliveries: list[DeliveryOut]
    next: str | None


class ReplayedOut(Out):
    replayed: int


def _shown(row: SubscriptionRow) -> dict[str, Any]:
    return {
        "id": row.id, "url": row.url, "types": row.types, "state": row.health, "problem": row.problem,
        "old_secret_until": row.old_secret_until, "created_at": row.created_at, "updated_at": row.updated_at,
    }  # fmt: skip


def _with_secret(added: Added) -> dict[str, Any]:
    return _shown(added.subscription) | {"secret": added.secret}


def _delivery(row: DeliveryRow) -> dict[str, Any]:
    return {
        "id": row.id, "webhook_id": row.message_id, "subscription_id": row.subscription_id, "type": row.type,
        "state": row.state, "attempts": row.attempts, "next_at": row.next_at, "last_status": row.last_status,
        "last_answer": row.last_answer, "body": row.body, "created_at": row.created_at, "settled_at": row.settled_at,
    }  # fmt: skip


@operation(router, "GET", "/events", scope="settings:read", answers={200: EventTypesOut})
def list_event_types(request: Asked) -> dict[str, Any]:  # noqa: ARG001  # the same for everybody
    """The catalogue: every type of event that webhooks tell of, with the JSON Schema of its body and an example."""
    events = [
        {
            "type": kind.type, "version": kind.version, "description": kind.says, "json_schema": kind.schema(),
            "example": kind.example(),
        }
        for kind in sorted(catalogue.KINDS, key=lambda kind: kind.type)
    ]  # fmt: skip
    return {"events": events, "next": None}


@operation(router, "GET", "/webhooks", scope="settings:read", answers={200: WebhooksOut})
def list_webhooks(request: Asked) -> dict[str, Any]:
    """Every address that is told of events, oldest first."""
    return {"webhooks": [_shown(row) for row in deliveries.list_subscriptions(request.ctx)], "next": None}


@operation(router, "POST", "/webhooks", scope="settings:write", answers={201: WebhookSecretOut})
def add_webhook(request: Asked, given: WebhookIn) -> Status[dict[str, Any]]:
    """Adds an address that is told of every event from now on. Bodies are signed as Standard Webhooks says, with the
    `secret` of this answer, which is told nowhere else."""
    added = webhooks.add(request.ctx, url=given.url, types=given.types, known=catalogue.TYPES, reach=reach())
    return Status(201, _with_secret(added))


@operation(router, "GET", "/webhooks/{webhook_id}", scope="settings:read", answers={200: WebhookOut})
def get_webhook(request: Asked, webhook_id: Id) -> dict[str, Any]:
    """One webhook, without its secret."""
    return _shown(deliveries.get_subscription(request.ctx, id=webhook_id))


@operation(router, "PATCH", "/webhooks/{webhook_id}", scope="settings:write", answers={200: WebhookOut})
def edit_webhook(request: Asked, webhook_id: Id, change: WebhookPatchIn) -> dict[str, Any]:
    """Changes address and types, pauses (`active: false`) and resumes. While a webhook is paused its events wait for it."""
    row = webhooks.change(
        request.ctx, id=webhook_id, url=change.url, types=change.types, active=change.active, known=catalogue.TYPES,
        reach=reach(),
    )  # fmt: skip
    return _shown(row)


@operation(router, "DELETE", "/webhooks/{webhook_id}", scope="settings:write", answers={204: None})
def remove_webhook(request: Asked, webhook_id: Id) -> Status[None]:
    """Ends a webhook; what still waits for it is not sent."""
    webhooks.remove(request.ctx, id=webhook_id)
    return Status(204, None)


@operation(router, "POST", "/webhooks/{webhook_id}/secret", scope="settings:write", answers={200: WebhookSecretOut})
def change_webhook_secret(request: Asked, webhook_id: Id) -> dict[str, Any]:
    """Makes a new secret. For a day every body carries two signatures, one of each secret."""
    return _with_secret(webhooks.change_secret(request.ctx, id=webhook_id))


@operation(router, "GET", "/webhooks/{webhook_id}/deliveries", scope="settings:read", answers={200: DeliveriesOut})
def list_deliveries(
    request: Asked, webhook_id: Id, state: State = "", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """What became of the events of a webhook, newest first. What was delivered is kept for 30 days."""
    deliveries.get_subscription(request.ctx, id=webhook_id)
    rows = deliveries.list_deliveries(
        request.ctx, subscription_id=webhook_id, state=state, before=paging.by_id(cursor, "deliveries"), limit=limit + 1
    )
    shown, following = paging.cut(rows, limit=limit, kind="deliveries", key=lambda row: (row.id,))
    return {"deliveries": [_delivery(row) for row in shown], "next": following}


@operation(router, "POST", "/webhooks/{webhook_id}/replay", scope="settings:write", answers={200: ReplayedOut})
def replay_dead_deliveries(request: Asked, webhook_id: Id) -> dict[str, Any]:
    """Sends everything again that was given up, in its order and each under its own `webhook-id`."""
    return {"replayed": webhooks.replay_dead(request.ctx, subscription_id=webhook_id)}


@operation(router, "POST", "/deliveries/{delivery_id}/replay", scope="settings:write", answers={200: DeliveryOut})
def replay_delivery(request: Asked, delivery_id: Id) -> dict[str, Any]:
    """Sends one delivery again, under its own `webhook-id`; one that waits is tried at once."""
    return _delivery(webhooks.replay(request.ctx, id=delivery_id))
