"""What a customer wants to be told, by each of the addresses that are known of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import StrictBool, StrictStr

from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Id, In, Out, text
from doorstep.base.ctx import Ctx
from doorstep.flows import notice_choices
from doorstep.messaging.notices.values import Way

router = Router(tags=["Customers"])
WayName = Literal["mail", "sms"]


class NoticeChoiceIn(In):
    way: WayName
    address: Annotated[StrictStr, text(254, required=True)]
    wants: StrictBool


class NoticeChoiceOut(Out):
    """`source`: how it was said last (link, page, mail, sms, vendor, staff), "" where nobody ever said anything; `by`: who of the
    house noted it."""

    way: WayName
    address: str
    wants: bool
    source: str
    by: str
    at: datetime | None


class NoticeChoicesOut(Out):
    notice_choices: list[NoticeChoiceOut]
    next: str | None


ANSWERS: dict[int, Any] = {200: NoticeChoicesOut}


@operation(router, "GET", "/customers/{customer_id}/notice-choices", scope="customers:read", answers=ANSWERS)
def get_notice_choices(request: Asked, customer_id: Id) -> dict[str, Any]:
    """Whether a customer wants notices, by address."""
    return _choices(request.ctx, customer_id)


@operation(router, "PUT", "/customers/{customer_id}/notice-choices", scope="customers:write", answers=ANSWERS)
def set_notice_choice(request: Asked, customer_id: Id, given: NoticeChoiceIn) -> dict[str, Any]:
    """Notes what a customer asked for at an address of theirs; mails that they are owed go all the same."""
    notice_choices.choose(
        request.ctx, customer_id=customer_id, way=Way(given.way), address=given.address, wants=given.wants
    )
    return _choices(request.ctx, customer_id)


def _choices(ctx: Ctx, customer_id: int) -> dict[str, Any]:
    lines = []
    for one in notice_choices.of_customer(ctx, customer_id=customer_id):
        last = one.last
        lines.append({
            "way": one.way.value, "address": one.address, "wants": one.wants,
            "source": (last.ended_source if one.wants else last.source) if last else "",
            "by": (last.ended_by if one.wants else last.by) if last else "",
            "at": (last.ended_at if one.wants else last.at) if last else None,
        })  # fmt: skip
    return {"notice_choices": lines, "next": None}
