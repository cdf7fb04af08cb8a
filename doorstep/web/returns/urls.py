"""Addresses of the returns pages."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.returns import queries
from doorstep.returns.values import ReturnFilter
from doorstep.web.inbox import actions
from doorstep.web.parts import exporting, navigation
from doorstep.web.parts.buyers import called
from doorstep.web.returns import ask, receive, report, tasks, views
from doorstep.web.returns.listing import LISTING, WAITING

app_name = "returns"
urlpatterns = [
    path("", views.index, name="index"),
    exporting.path_of(LISTING),
    path("report/", report.index, name="report"),
    path("report/ask/", report.ask, name="ask"),
    path("report/<int:product_id>/", report.of_product, name="rate_of"),
    path("receive/", receive.find, name="find"),
    path("start/<int:order_id>/", ask.choose, name="choose"),
    path("start/<int:order_id>/ask/", ask.ask, name="ask_return"),
    path("start/<int:order_id>/look/", ask.look, name="look"),
    path("start/<int:order_id>/check/", ask.check, name="check"),
    path("start/<int:order_id>/send/", ask.send, name="send"),
    path("<int:id>/", views.detail, name="detail"),
    path("<int:id>/decide/", views.decide, name="decide"),
    path("<int:id>/cancel/", views.cancel, name="cancel"),
    path("<int:id>/ask-label/", views.ask_label, name="ask_label"),
    path("<int:id>/label.pdf", views.label, name="label"),
    path("<int:id>/pictures/<int:picture_id>.webp", views.picture, name="picture"),
    path("<int:id>/receive/", receive.goods, name="receive"),
    path("<int:id>/inspect/", receive.judge, name="inspect"),
    path("<int:id>/close-short/", receive.close_short, name="close_short"),
]


def search(ctx: Ctx, text: str) -> Sequence[navigation.Hit]:
    """Returns for the command palette."""
    return [
        navigation.Hit(
            row.name, f"{row.order_name} {called(row.customer_name)}", reverse("returns:detail", args=[row.id]), "truck-return"
        )
        for row in queries.list_returns(ctx, where=ReturnFilter(text=text), limit=5)
    ]  # fmt: skip


def waiting(ctx: Ctx) -> int:
    """Returns that wait for a person: to be decided, or here and not inspected."""
    return sum(queries.count_views(ctx, views=WAITING).values())


navigation.register(
    navigation.Screen("returns", _("Returns"), "returns:index", "truck-return", "returns:read", key="r", count=waiting),
    navigation.Command(
        _("Receive returns"), "returns:find", "barcode", "returns:write", _("inspect grade unpack parcel back")
    ),
)
navigation.register_search("returns", label=_("Returns"), permission="returns:read", search=search)
tasks.register()
actions.register(
    actions.InPlace(
        "return", _("Start a return"), "truck-return", "returns:write",
        lambda _ctx, order, conversation_id: actions.address_of("returns:ask_return", order, conversation_id, "return"),
        why_not=ask.why_not_returned, place=60,
    )
)  # fmt: skip
