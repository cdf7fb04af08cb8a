"""Addresses of the deliveries."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.stock.inbound import reads
from doorstep.stock.inbound.values import DeliveryFilter
from doorstep.web.parts import exporting, navigation
from doorstep.web.stock import deliveries, receiving
from doorstep.web.stock.delivery_listing import LISTING

app_name = "deliveries"
urlpatterns = [
    path("", deliveries.index, name="index"),
    exporting.path_of(LISTING),
    path("new/", deliveries.new, name="new"),
    path("tolerance/", deliveries.tolerance, name="tolerance"),
    path("<int:id>/", deliveries.delivery, name="delivery"),
    path("<int:id>/edit/", deliveries.edit, name="edit"),
    path("<int:id>/day/", deliveries.put_off, name="put_off"),
    path("<int:id>/close/", deliveries.close_short, name="close"),
    path("<int:id>/cancel/", deliveries.cancel, name="cancel"),
    path("<int:id>/receive/", receiving.receive_delivery, name="receive"),
    path("<int:id>/take-back/", receiving.take_back_delivered, name="take_back"),
]


def search(ctx: Ctx, text: str) -> Sequence[navigation.Hit]:
    """Deliveries for the command palette."""
    return [
        navigation.Hit(row.document, row.supplier, reverse("deliveries:delivery", args=[row.id]), "truck")
        for row in reads.list_deliveries(ctx, where=DeliveryFilter(text=text), limit=5)
    ]


navigation.register_command(
    navigation.Command(
        _("Supplier deliveries"), "deliveries:index", "truck", "stock:read", _("receive supplier incoming purchase order")
    )
)
navigation.register_search("deliveries", label=_("Supplier deliveries"), permission="stock:read", search=search)
