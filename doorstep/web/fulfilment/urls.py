"""Addresses of the floor."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.flows import exceptions
from doorstep.fulfilment import queries
from doorstep.shipping import queries as shipping
from doorstep.web.fulfilment import floor, hand_over, lists, lots, packing, print_jobs, scans, telling
from doorstep.web.parts import navigation

app_name = "fulfilment"
urlpatterns = [
    path("", floor.index, name="index"),
    path("lists/<int:id>/", lists.pick_list, name="pick_list"),
    path("lists/<int:id>/paper.pdf", lists.paper, name="paper"),
    path("lists/<int:id>/print/", lists.print_list, name="print_list"),
    path("lists/<int:id>/scan/", scans.scan, name="scan"),
    path("lists/<int:id>/scans/", scans.scans, name="scans"),
    path("lists/<int:id>/undo/", scans.undo, name="undo"),
    path("pack/<int:id>/", packing.pack, name="pack"),
    path("pack/<int:id>/lots/", lots.take, name="lots"),
    path("print-jobs/<int:id>/again/", print_jobs.again, name="print_again"),
    path("print-jobs/<int:id>/done/", print_jobs.done, name="print_done"),
    path("put-back/<int:id>/", floor.put_back, name="put_back"),
    path("hand-over/", hand_over.hand_over, name="hand_over"),
]


def waiting(ctx: Ctx) -> int:
    """Pick lists and parcels that wait for somebody on the floor, what is to be put back, and parcels in trouble."""
    parcels = sum(shipping.count_on_the_floor(ctx).values())
    return len(queries.list_pick_lists(ctx)) + parcels + queries.count_to_put_back(ctx) + exceptions.count(ctx)


navigation.register(
    navigation.Screen(
        "fulfilment", _("Fulfilment"), "fulfilment:index", "package", "fulfilment:read", key="f", count=waiting
    ),
    navigation.Command(
        _("Hand over"), "fulfilment:hand_over", "truck-delivery", "fulfilment:read", _("carrier driver parcels leave")
    ),
)
telling.register()
