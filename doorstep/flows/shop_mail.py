"""Messages to buyers that their shop carries: one more way out for mail, by which nothing is ever sent twice."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.channels import queries
from doorstep.channels.port import About, Declined, Throttled, WritesBuyers, shops
from doorstep.messaging.port import Found, Mail, Rejected, Uncertain
from doorstep.messaging.values import MessageRow
from doorstep.orders import queries as orders

TEMPLATE = "shop:"  # and then what it is about


def is_carried(message: MessageRow) -> bool:
    """Whether a shop carries a message."""
    return message.template.startswith(TEMPLATE)


def find_writer(ctx: Ctx, *, connection_id: int) -> WritesBuyers | None:
    """The shop that carries messages to the buyers of a connection, if it does."""
    connection = queries.connections_by_id(ctx, ids=[connection_id]).get(connection_id)
    if connection is None or not connection.active or connection.provider not in shops.names():
        return None
    shop = queries.shop_of(ctx, connection=connection)
    return shop if isinstance(shop, WritesBuyers) else None


def way_of(ctx: Ctx, message: MessageRow) -> ShopMail:
    """The way out for a message that a shop carries: by the order that it is about."""
    order_id = int(message.timeline.removeprefix("order:"))
    order = orders.orders_by_id(ctx, ids=[order_id]).get(order_id)
    writer = find_writer(ctx, connection_id=order.connection_id) if order is not None else None
    return ShopMail(writer, order.external_id if order else "", About(message.template.removeprefix(TEMPLATE)))


@dataclass(frozen=True, slots=True)
class ShopMail:
    """A shop as a way out for mail.  `writer`: none, where the shop is gone."""

    writer: WritesBuyers | None
    external_id: str
    about: About

    def send(self, mail: Mail) -> None:
        """Hands a message over, where the shop takes one of its kind for the order now.  Raises: as `MailPort.send`."""
        if self.writer is None:
            raise Rejected("The shop is not connected any more.")
        try:
            allowed = self.writer.may_write(self.external_id)
        except (httpx.HTTPError, Throttled) as trouble:
            raise OSError(f"{type(trouble).__name__}: {trouble}") from trouble
        except Refused as refused:
            raise Rejected(str(refused)) from None
        if isinstance(allowed, Declined):
            raise Rejected(allowed.reason)
        if self.about not in allowed:
            now = ", ".join(sorted(allowed)) or "none"
            raise Rejected(f"The shop carries no message about this for the order now. What it carries now: {now}.")
        self._write(self.writer, mail)

    def _write(self, writer: WritesBuyers, mail: Mail) -> None:
        try:
            declined = writer.write_buyer(self.external_id, about=self.about, text=mail.text.strip())
        except (Throttled, httpx.ConnectError) as trouble:
            raise OSError(f"{type(trouble).__name__}: {trouble}") from trouble
        except httpx.HTTPError as trouble:
            raise Uncertain(f"{type(trouble).__name__}: {trouble}") from trouble
        except Refused as refused:
            raise Rejected(str(refused)) from None
        if declined is not None:
            raise Rejected(declined.reason)

    def find(self, message_id: str) -> Found:
        """No shop says what it carried."""
        return Found.NOBODY_KNOWS
