"""Actions in place: what can be done to the order beside a conversation without leaving it.

A room announces what it offers by `register`, once, where its addresses are read. `preview` gives the address of a dialog
(`parts/dialog.html`) that says what would happen and holds the form; "" where it makes no sense for this order now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from doorstep.base.ctx import Ctx
from doorstep.orders.values import OrderDetail
from doorstep.web.parts.pages import StaffRequest

Words = str | Promise
Preview = Callable[[Ctx, OrderDetail, int], str]


@dataclass(frozen=True, slots=True)
class InPlace:
    """One action.  `preview` is asked with the order and the id of the conversation that it is done from.

    `is_page`: its address is a page of its own, not a dialog.
    """

    name: str
    label: Words
    icon: str
    permission: str
    preview: Preview
    is_danger: bool = False
    is_page: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """An action that this person may do to this order now."""

    label: Words
    icon: str
    url: str
    is_danger: bool
    is_page: bool


_actions: dict[str, InPlace] = {}


def register(action: InPlace) -> None:
    """Offers an action beside conversations; one that two rooms offer is a bug."""
    if action.name in _actions:
        raise ValueError(f"offered by two rooms: {action.name}")
    _actions[action.name] = action


def offers(request: StaffRequest, order: OrderDetail, *, conversation_id: int) -> Sequence[Offer]:
    """What this person may do to this order now, what is dangerous last."""
    found = []
    for action in sorted(_actions.values(), key=lambda one: one.is_danger):
        url = action.preview(request.ctx, order, conversation_id) if request.may(action.permission) else ""
        if url:
            found.append(Offer(action.label, action.icon, url, action.is_danger, action.is_page))
    return found
