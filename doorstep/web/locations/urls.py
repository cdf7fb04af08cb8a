"""Addresses of Settings, Locations."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.locations import events
from doorstep.web.locations import dispatch, floor, views
from doorstep.web.parts import navigation, states, timeline
from doorstep.web.parts.telling import changes
from doorstep.web.settings import sections

app_name = "locations"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", views.new, name="new"),
    path("<int:id>/", views.location, name="location"),
    path("<int:id>/dispatch/", dispatch.dispatch, name="dispatch"),
    path("<int:id>/bins/", views.add_bins, name="add_bins"),
    path("<int:id>/bins/<int:bin_id>/remove/", views.remove_bin, name="remove_bin"),
    path("<int:id>/floor/", floor.floor, name="floor"),
    path("<int:id>/floor/plan/", floor.lay_out, name="lay_out"),
    path("<int:id>/floor/by-code/", floor.by_code, name="by_code"),
    path("<int:id>/floor/table/", floor.paste, name="paste_bins"),
    path("<int:id>/floor/bin/", floor.move, name="move_bin"),
    path("<int:id>/floor/bins.csv", floor.table, name="bin_table"),
    path("<int:id>/deactivate/", views.deactivate, name="deactivate"),
    path("<int:id>/reopen/", views.reopen, name="reopen"),
]

sections.register(
    sections.Section(
        "locations", _("Locations and bins"), _("Warehouses and shops, what they serve, and their shelves."),
        "locations:index", "building-warehouse", "floor",
    )
)  # fmt: skip
navigation.register_command(
    navigation.Command(
        _("Locations and bins"), "locations:index", "building-warehouse", "settings:read", _("warehouse shop shelf")
    )
)
timeline.register(
    {
        events.LOCATION_CREATED: timeline.Telling(_("added the location"), "plus", states.DONE),
        events.LOCATION_EDITED: timeline.Telling(
            _("edited the location"), "pencil", why=lambda e: changes(e.data["before"], e.data["after"])
        ),
        events.LOCATION_EXPORT_SET: timeline.Telling(
            _("changed how the location exports"), "world", states.MOVING, facts=lambda _event: {}
        ),
        events.LOCATION_DISPATCH_SET: timeline.Telling(
            _("changed how it sends"), "pencil", why=lambda e: changes(e.data["before"], e.data["after"])
        ),
        events.LOCATION_DEACTIVATED: timeline.Telling(_("took the location out of use"), "archive"),
        events.LOCATION_REOPENED: timeline.Telling(_("took the location into use again"), "check", states.DONE),
        events.BINS_ADDED: timeline.Telling(_("added %(count)s bins"), "plus"),
        events.FLOOR_LAID_OUT: timeline.Telling(_("drew the floor plan"), "map-pin"),
        events.BINS_PLACED: timeline.Telling(_("said where %(count)s bins lie"), "map-pin"),
        events.BIN_REMOVED: timeline.Telling(_("removed the bin %(code)s"), "trash"),
    }
)
