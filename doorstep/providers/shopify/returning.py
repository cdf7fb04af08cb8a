"""Returns at Shopify: read with their order, opened and called off, and told what came back.

Source: https://shopify.dev/docs/apps/build/orders-fulfillment/returns-apps
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.base.refusals import Refused
from doorstep.channels.port import Declined, Opened, OpenedThere, Returned, ReturnStep
from doorstep.providers.shopify import queries, sending
from doorstep.providers.shopify.calls import Calls, said
from doorstep.providers.shopify.pages import complete, every
from doorstep.providers.shopify.refusals import SHOP_REFUSES_US
from doorstep.providers.shopify.translate import nodes, returns
from doorstep.providers.shopify.translate.values import id_of

log = logging.getLogger("doorstep.shopify")


class Returns:
    """The returns of one connection."""

    def __init__(self, calls: Calls, *, connection_id: int) -> None:
        self._calls, self._connection_id = calls, connection_id

    def of_order(self, known: Mapping[str, str]) -> list[dict[str, Any]]:
        """The returns of an order, as far as the app may read them: an order is read whether it may or not."""
        try:
            found = self._calls.read(queries.ORDER_RETURNS, known)["order"]
            told: list[dict[str, Any]] = found["returns"]["nodes"] if found else []
            for one in told:
                lines = one["returnLineItems"]
                complete(self._calls, lines, queries.RETURN_LINES, {"id": one["id"]}, ("return", "returnLineItems"))
        except Refused as refused:
            if refused.refusal is not SHOP_REFUSES_US:
                raise
            log.warning("connection %s: returns cannot be read: %s", self._connection_id, refused)
            return []
        return told

    def steps(self, return_ids: Sequence[str]) -> Mapping[str, ReturnStep]:
        """By their ids."""
        ids = [nodes.gid("Return", one) for one in return_ids if one.isdecimal()]
        return returns.steps(self._calls.read(queries.RETURN_STEPS, {"ids": ids})["nodes"]) if ids else {}

    def tell(self, returned: Returned) -> Declined | None:
        """What came back of a return that Shopify opened; one that it asked about is approved first.

        Not repeated by itself: whoever calls again after trouble finds what was noted.
        """
        if not returned.return_id:
            return Declined("the shop did not open this return")
        id = nodes.gid("Return", returned.return_id)
        told = self._calls.ask(queries.RETURN, {"id": id})["return"]
        if told is not None and told["status"] == "REQUESTED":
            errors = self._calls.ask(queries.APPROVE_RETURN, {"id": id})["returnApproveRequest"]["userErrors"]
            if errors:
                return Declined(said(errors))
            told = self._calls.ask(queries.RETURN, {"id": id})["return"]
        if told is None:
            return Declined("the shop does not know the return")
        wanted = sending.wishes(returned)
        inputs = returns.dispositions(told, wanted)
        if not inputs:
            return Declined("the shop waits for none of these lines") if any(wish.left for wish in wanted) else None
        errors = self._calls.ask(queries.DISPOSE, {"inputs": inputs})["reverseFulfillmentOrderDispose"]["userErrors"]
        return Declined(said(errors)) if errors else None

    def open(self, opened: Opened) -> OpenedThere | Declined:
        """Opens a return of what was sent; whoever calls again after trouble finds it by the key in its notes."""
        id = nodes.gid("Order", opened.external_id)
        for one in self.of_order({"id": id}):
            if returns.key_in(one) == opened.key:
                return OpenedThere(id_of(one["id"]))
        sent = [
            line
            for part in every(self._calls, queries.RETURNABLE, {"order": id}, ("returnableFulfillments",))
            for line in part["returnableFulfillmentLineItems"]["nodes"]
        ]
        wish = returns.as_input(id, opened, sent)
        if wish is None:
            return Declined("the shop does not know all of these goods as sent and not yet asked back")
        made = self._calls.ask(queries.OPEN_RETURN, {"input": wish})["returnCreate"]
        return Declined(said(made["userErrors"])) if made["userErrors"] else OpenedThere(id_of(made["return"]["id"]))

    def call_off(self, return_id: str) -> Declined | None:
        """Where something of it was worked on the shop refuses."""
        id = nodes.gid("Return", return_id)
        (found,) = self._calls.ask(queries.RETURN_STEPS, {"ids": [id]})["nodes"]
        if found is None or found["status"] not in ("OPEN", "REQUESTED"):
            return None
        errors = self._calls.ask(queries.CALL_OFF_RETURN, {"id": id})["returnCancel"]["userErrors"]
        return Declined(said(errors)) if errors else None
