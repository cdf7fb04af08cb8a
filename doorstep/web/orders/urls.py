"""Addresses of the orders pages."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.orders import queries
from doorstep.orders.queries import OrderFilter
from doorstep.web.inbox import actions
from doorstep.web.orders import again, changes, gift, order, parking, rerouting, telling, views, waiting
from doorstep.web.orders.listing import LISTING
from doorstep.web.parts import exporting, navigation
from doorstep.web.parts.buyers import called
from doorstep.web.returns import telling as returns_telling

app_name = "orders"
urlpatterns = [
    path("", views.index, name="index"),
    exporting.path_of(LISTING),
    path("<int:id>/", order.order, name="order"),
    path("<int:id>/hold/", order.hold, name="hold"),
    path("<int:id>/release/", order.release, name="release"),
    path("<int:id>/cancel/", order.cancel, name="cancel"),
    path("<int:id>/edit/", changes.edit, name="edit"),
    path("<int:id>/edit/preview/", changes.preview, name="preview_edit"),
    path("<int:id>/edit/apply/", changes.apply, name="apply_edit"),
    path("<int:id>/address/", changes.change_address, name="change_address"),
    path("<int:id>/address/ask/", changes.ask_address, name="ask_address"),
    path("<int:id>/recipient/", order.fetch_recipient, name="fetch_recipient"),
    path("<int:id>/reship/ask/", again.ask, name="ask_reship"),
    path("<int:id>/reship/preview/", again.preview, name="preview_reship"),
    path("<int:id>/reship/", again.reship, name="reship"),
    path("<int:id>/split/", changes.split, name="split"),
    path("<int:id>/reject/", rerouting.reject, name="reject"),
    path("<int:id>/route/", rerouting.route_again, name="route_again"),
    path("parking/", parking.set_rule, name="parking_rule"),
    path("<int:id>/wait/", parking.wait, name="wait"),
    path("<int:id>/parked/cancel/", parking.cancel, name="cancel_parked"),
    path("<int:id>/parked/send/", parking.send, name="send_parked"),
    path("<int:id>/priority/", waiting.prioritise, name="prioritise"),
    path("<int:id>/promise/", waiting.promise_again, name="promise_again"),
    path("<int:id>/part-off/", waiting.part_off, name="part_off"),
    path("<int:id>/annotate/", order.annotate, name="annotate"),
    path("<int:id>/gift/", gift.set_gift, name="gift"),
]


def search(ctx: Ctx, text: str) -> Sequence[navigation.Hit]:
    """Orders for the command palette."""
    return [
        navigation.Hit(row.name, called(row.customer_name), reverse("orders:order", args=[row.id]), "shopping-cart")
        for row in queries.list_orders(ctx, where=OrderFilter(text=text), limit=5)
    ]


def held(ctx: Ctx) -> int:
    """Orders that wait for a person."""
    return queries.count_views(ctx, views=["held"])["held"]


navigation.register(
    navigation.Screen("orders", _("Orders"), "orders:index", "shopping-cart", "orders:read", key="o", count=held)
)
navigation.register_search("orders", label=_("Orders"), permission="orders:read", search=search)
actions.register(
    actions.InPlace(
        "address", _("Change the address"), "map-pin", "orders:write",
        lambda _ctx, order, conversation_id: actions.address_of("orders:ask_address", order, conversation_id, "address"),
        why_not=changes.why_not_changed, place=30,
    )
)  # fmt: skip
actions.register(
    actions.InPlace(
        "reship", _("Send again"), "package", "orders:write",
        lambda _ctx, order, conversation_id: actions.address_of("orders:ask_reship", order, conversation_id, "reship"),
        why_not=again.why_not_again, place=40,
    )
)  # fmt: skip
telling.register()
parking.register()
returns_telling.register()
