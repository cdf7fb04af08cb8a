"""Addresses of Settings, Routing."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import SlugConverter
from django.utils.translation import gettext_lazy as _

from doorstep.routing import events
from doorstep.web.parts import navigation, states, timeline
from doorstep.web.routing import replay_views, views
from doorstep.web.settings import sections


class RuleId(SlugConverter):
    """The id of a rule."""

    regex = "[a-z0-9_-]{1,40}"


register_converter(RuleId, "rule")
app_name = "routing"
urlpatterns = [
    path("", views.index, name="index"),
    path("rules/new/", views.new, name="new"),
    path("rules/<rule:id>/", views.rule, name="rule"),
    path("rules/<rule:id>/move/", views.move, name="move"),
    path("rules/<rule:id>/switch/", views.switch, name="switch"),
    path("rules/<rule:id>/remove/", views.remove, name="remove"),
    path("most-over/", views.most_over, name="most_over"),
    path("drop/", views.drop, name="drop"),
    path("publish/", views.publish, name="publish"),
    path("versions/<int:number>/", views.version, name="version"),
    path("versions/<int:number>/put-back/", views.put_back, name="put_back"),
    path("replays/", replay_views.new, name="replays"),
    path("replays/<int:id>/", replay_views.replay, name="replay"),
]

navigation.register_command(
    navigation.Command(_("Routing"), "routing:index", "route", "settings:read", _("warehouse rules split nearest cheapest replay"))
)
navigation.register_command(
    navigation.Command(
        _("Replay past orders"), "routing:replays", "history", "settings:read", _("routing try simulate")
    )
)
sections.register(
    sections.Section(
        "routing", _("Routing"), _("Which place sends an order: ranked rules, tried on past orders first."), "routing:index",
        "route", "floor",
    )
)  # fmt: skip
timeline.register(
    {
        events.RULES_SAVED: timeline.Telling(_("saved a draft of the routing rules"), "pencil"),
        events.RULES_DROPPED: timeline.Telling(_("threw the draft of the routing rules away"), "trash"),
        events.RULES_PUBLISHED: timeline.Telling(_("switched on version %(version)s of the routing rules"), "check", states.DONE),
        events.REPLAY_ASKED: timeline.Telling(_("replayed the orders of %(days)s days"), "history"),
    }
)
