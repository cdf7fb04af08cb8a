"""What happens while the demo begins, through the sandbox: customers ask where their orders are, returns are under way."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
from django.conf import settings

from doorstep.base import tls
from doorstep.base.ctx import Ctx
from doorstep.cli.demo import words
from doorstep.cli.demo.back import in_transit
from doorstep.flows import send_back, ship
from doorstep.messaging import queries as messaging
from doorstep.orders import queries as orders
from doorstep.returns.values import Goods
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import LabelState, ParcelFilter, ParcelState

ASKING = 5
PICKED_UP = "11"


def fill(ctx: Ctx) -> None:
    """Hands over the parcels of returns that are under way, and lets customers of shipped orders write.

    Does nothing once those parcels are on their way, so a start that was killed before that goes on here.
    """
    carrier = shipping.find_default_carrier(ctx)
    mailboxes = messaging.list_mailboxes(ctx)
    mailbox = next((row for row in mailboxes if row.settings.get("url") == settings.SANDBOX_MAILBOX_URL), None)
    waiting = [row for row in in_transit(ctx) if row.goods in (Goods.NONE, Goods.LABEL_ISSUED)]
    if carrier is None or mailbox is None or not waiting:
        return
    _ask(ctx, mailbox.settings, mailbox.address)
    for row in waiting:
        parcel_id = send_back.want_label(ctx, return_id=row.id)
        if parcel_id is None:
            continue
        for label in shipping.labels_of(ctx, parcel_ids=[parcel_id]):
            if label.state == LabelState.WANTED:
                ship.settle_label(ctx, label_id=label.id)
        number = shipping.get_parcel(ctx, parcel_id=parcel_id).tracking_number
        if number:
            _post(carrier.settings, "/admin/advance", {"tracking_number": number, "to": PICKED_UP})


def _ask(ctx: Ctx, mailbox: Mapping[str, str], house: str) -> None:
    """Customers of orders that left ask where they are; the house fetches it, and answers by itself."""
    left = shipping.list_parcels(ctx, where=ParcelFilter(state=ParcelState.HANDED_OVER), limit=ASKING)
    for order in orders.orders_by_id(ctx, ids=sorted({parcel.order_id for parcel in left})).values():
        subject, text = words.ASKS_NOW["ko" if order.country == "KR" else "en"]
        said = {
            "from": order.email, "name": order.customer_name, "to": house, "subject": subject,
            "text": text.format(order=order.name), "message_id": f"<demo.{order.id}@{order.email.rpartition('@')[2]}>",
        }  # fmt: skip
        _post(mailbox, "/admin/write", said)


def _post(server: Mapping[str, str], path: str, body: dict[str, str]) -> None:
    headers = {"authorization": f"Bearer {server['token']}"}
    with httpx.Client(base_url=server["url"], headers=headers, timeout=5, verify=tls.trusted(), trust_env=False) as http:
        http.post(path, json=body)
