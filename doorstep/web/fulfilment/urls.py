"""Addresses of the floor."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.flows import exceptions
from doorstep.fulfilment import queries
from doorstep.shipping import queries as shipping
from doorstep.web.fulfilment import (
    commands,
    floor,
    hand_over,
    lists,
    lots,
    packing,
    phone,
    print_jobs,
    rejecting,
    scans,
    station,
    telling,
    wave_times,
    waves,
)
from doorstep.web.parts import navigation

app_name = "fulfilment"
urlpatterns = [
    path("", floor.index, name="index"),
    path("phone/", phone.home, name="phone"),
    path("commands/", commands.sheet, name="commands"),
    path("put-away/<int:location_id>/", phone.put_away, name="put_away"),
    path("put-away/<int:location_id>/undo/", phone.undo_put_away, name="undo_put_away"),
    path("waves/", waves.index, name="waves"),
    path("waves/<int:id>/", waves.wave, name="wave"),
    path("waves/<int:id>/call-off/", waves.cancel, name="cancel_wave"),
    path("waves/at/<int:location_id>/release/", waves.release, name="release"),
    path("waves/at/<int:location_id>/rules/", waves.set_rules, name="set_rules"),
    path("waves/at/<int:location_id>/times/", wave_times.new, name="new_template"),
    path("waves/times/<int:id>/", wave_times.edit, name="template"),
    path("waves/times/<int:id>/switch/", wave_times.switch, name="switch_template"),
    path("waves/times/<int:id>/remove/", wave_times.remove, name="remove_template"),
    path("lists/<int:id>/", lists.pick_list, name="pick_list"),
    path("lists/<int:id>/paper.pdf", lists.paper, name="paper"),
    path("lists/<int:id>/print/", lists.print_list, name="print_list"),
    path("lists/<int:id>/scan/", scans.scan, name="scan"),
    path("lists/<int:id>/scans/", scans.scans, name="scans"),
    path("lists/<int:id>/undo/", scans.undo, name="undo"),
    path("lists/<int:id>/reject/", rejecting.reject, name="reject"),
    path("lists/<int:id>/reject/<int:part>/", rejecting.ask, name="ask_reject"),
    path("lists/<int:id>/reject/phone/", rejecting.reject_on_phone, name="reject_on_phone"),
    path("pack/", packing.index, name="packing"),
    path("pack/<int:id>/", packing.pack, name="pack"),
    path("pack/<int:id>/gift/", packing.gift, name="gift"),
    path("parcels/<int:id>/unpack/", packing.unpack, name="unpack"),
    path("pack/<int:id>/lots/", lots.take, name="lots"),
    path("station/<int:id>/", station.show, name="station"),
    path("station/<int:id>/take/", station.take, name="station_take"),
    path("station/<int:id>/jobs/", station.jobs, name="station_jobs"),
    path("station/<int:id>/jobs/<int:job_id>/done/", station.settle, name="station_settle"),
    path("station/<int:id>/jobs/<int:job_id>/<int:number>.svg", station.paper, name="station_page"),
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
        "fulfilment",
        _("Fulfilment"),
        "fulfilment:index",
        "package",
        "fulfilment:read",
        key="f",
        count=waiting,
        also=("/shipments/",),
    ),
    navigation.Command(_("Pack"), "fulfilment:packing", "package", "fulfilment:read", _("box parcel scan table")),
    navigation.Command(
        _("On the floor"), "fulfilment:phone", "barcode", "fulfilment:read", _("phone scanner pick pack put away receive count")
    ),
    navigation.Command(
        _("Waves"), "fulfilment:waves", "packages", "fulfilment:read", _("release batch cluster pick lists walk")
    ),
    navigation.Command(
        _("Commands by scan"), "fulfilment:commands", "barcode", "fulfilment:read", _("barcode sheet keys scanner")
    ),
    navigation.Command(
        _("Hand over"), "fulfilment:hand_over", "truck-delivery", "fulfilment:read", _("carrier driver parcels leave")
    ),
)
telling.register()
