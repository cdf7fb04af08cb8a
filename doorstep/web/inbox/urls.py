"""Addresses of the inbox."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.inbox import queries
from doorstep.inbox.queries import ConversationFilter
from doorstep.web.inbox import doing, files, in_place, settings_views, telling, views
from doorstep.web.inbox.listing import LISTING
from doorstep.web.parts import exporting, navigation
from doorstep.web.settings import sections

app_name = "inbox"
urlpatterns = [
    path("", views.index, name="index"),
    exporting.path_of(LISTING),
    path("<int:id>/", views.conversation, name="conversation"),
    path("<int:id>/reply/", doing.reply, name="reply"),
    path("<int:id>/note/", doing.note, name="note"),
    path("<int:id>/draft/", doing.draft, name="draft"),
    path("<int:id>/state/", doing.move, name="move"),
    path("<int:id>/assign/", doing.assign, name="assign"),
    path("<int:id>/tags/", doing.tag, name="tag"),
    path("<int:id>/spam/", doing.spam, name="spam"),
    path("<int:id>/order/", doing.link, name="link"),
    path("<int:id>/files/", doing.upload, name="upload"),
    path("<int:id>/files/<int:upload_id>/drop/", doing.drop, name="drop"),
    path("<int:id>/macros/<int:macro_id>/", doing.macro, name="macro"),
    path("<int:id>/sentences/<slug:done>/", doing.sentence, name="sentence"),
    path("<int:id>/looking/", doing.looking, name="looking"),
    path("<int:id>/in-place/<slug:what>/", in_place.preview, name="preview"),
    path("<int:id>/in-place/cancel/do/", in_place.do_cancel, name="do_cancel"),
    path("<int:id>/in-place/hold/do/", in_place.do_hold, name="do_hold"),
    path("<int:id>/in-place/confirmation/do/", in_place.do_confirmation, name="do_confirmation"),
    path("<int:id>/in-place/tracking/do/", in_place.do_tracking, name="do_tracking"),
    path("messages/<int:id>/file/<int:n>/", files.file, name="file"),
    path("messages/<int:id>/original/", files.original, name="original"),
    path("new/order/<int:order_id>/", doing.write, name="write"),
    path("macros/", settings_views.macros, name="macros"),
    path("macros/new/", settings_views.macro, name="macro_new"),
    path("macros/<int:id>/", settings_views.macro, name="macro_edit"),
    path("macros/<int:id>/remove/", settings_views.remove, name="macro_remove"),
    path("hours/", settings_views.hours, name="hours"),
]


def search(ctx: Ctx, text: str) -> Sequence[navigation.Hit]:
    """Conversations for the command palette."""
    return [
        navigation.Hit(row.subject or row.preview, row.contact, reverse("inbox:conversation", args=[row.id]), "message")
        for row in queries.list_conversations(ctx, where=ConversationFilter(text=text), limit=5)
    ]


def waiting(ctx: Ctx) -> int:
    """Conversations in which somebody waits for an answer."""
    return queries.count_views(ctx, views=["waiting"])["waiting"]


navigation.register(
    navigation.Screen("inbox", _("Inbox"), "inbox:index", "inbox", "inbox:read", key="i", count=waiting),
    navigation.Command(_("Macros"), "inbox:macros", "message", "inbox:write"),
    navigation.Command(_("Service hours and response times"), "inbox:hours", "clock", "settings:write"),
)
navigation.register_search("inbox", label=_("Conversations"), permission="inbox:read", search=search)
sections.register(
    sections.Section(
        "service_hours", _("Service hours and response times"), _("When somebody answers, and how soon you promise to."),
        "inbox:hours", "clock", "connect", "settings:write",
    )
)  # fmt: skip
telling.register()
in_place.register()
