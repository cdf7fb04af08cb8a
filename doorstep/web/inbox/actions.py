"""Actions in place: what can be done to the order beside a conversation without leaving it.

A room announces what it offers by `register`, once, where its addresses are read. `preview` gives the address of a dialog
(`parts/dialog.html`) that says what would happen and holds the form; "" where it makes no sense for this order now. Where
`why_not` says why an action is impossible now, the panel shows that instead of the button.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise

from doorstep.base.ctx import Ctx
from doorstep.orders.values import OrderDetail
from doorstep.web.parts.pages import StaffRequest

Words = str | Promise
Preview = Callable[[Ctx, OrderDetail, int], str]
WhyNot = Callable[[Ctx, OrderDetail], str]


def _always(_ctx: Ctx, _order: OrderDetail) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class InPlace:
    """One action.  `preview` is asked with the order and the id of the conversation that it is done from.

    `is_page`: its address is a page of its own, not a dialog.  `place`: where it stands among the others.
    """

    name: str
    label: Words
    icon: str
    permission: str
    preview: Preview
    is_danger: bool = False
    is_page: bool = False
    why_not: WhyNot = _always
    place: int = 90


@dataclass(frozen=True, slots=True)
class Offer:
    """An action that this person may do to this order.  `why_not`: why that is impossible now; "" where it is possible."""

    label: Words
    icon: str
    url: str
    is_danger: bool
    is_page: bool
    why_not: str = ""


_actions: dict[str, InPlace] = {}


def register(action: InPlace) -> None:
    """Offers an action beside conversations; one that two rooms offer is a bug."""
    if action.name in _actions:
        raise ValueError(f"offered by two rooms: {action.name}")
    _actions[action.name] = action


def address_of(name: str, order: OrderDetail, conversation_id: int, done: str) -> str:
    """The address of an order's dialog that comes back to the conversation, which says then what was `done`."""
    back = f"{reverse('inbox:conversation', args=[conversation_id])}?{urlencode({'done': done})}"
    return f"{reverse(name, args=[order.order.id])}?{urlencode({'next': back})}"


def offers(request: StaffRequest, order: OrderDetail, *, conversation_id: int) -> Sequence[Offer]:
    """What this person may do to this order, what is dangerous last; what is impossible now says why."""
    found = []
    for action in sorted(_actions.values(), key=lambda one: (one.is_danger, one.place)):
        if not request.may(action.permission):
            continue
        why_not = action.why_not(request.ctx, order)
        url = "" if why_not else action.preview(request.ctx, order, conversation_id)
        if url or why_not:
            found.append(Offer(action.label, action.icon, url, action.is_danger, action.is_page, why_not))
    return found
