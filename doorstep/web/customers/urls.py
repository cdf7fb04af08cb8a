"""Addresses of the customers pages."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.customers import queries
from doorstep.web.customers import choices, merging, telling, views
from doorstep.web.customers.listing import LISTING
from doorstep.web.parts import exporting, navigation
from doorstep.web.parts.buyers import called

app_name = "customers"
urlpatterns = [
    path("", views.index, name="index"),
    exporting.path_of(LISTING),
    path("new/", views.new, name="new"),
    path("<int:id>/", views.customer, name="customer"),
    path("<int:id>/edit/", views.edit, name="edit"),
    path("<int:id>/merge/", merging.choose, name="choose"),
    path("<int:id>/merge/<int:other>/", merging.look, name="look"),
    path("<int:id>/merge/now/", merging.merge, name="merge"),
    path("<int:id>/merges/<int:merge>/undo/", merging.undo, name="undo_merge"),
    path("<int:id>/notices/", choices.choose, name="choices"),
    path("<int:id>/note/", views.note, name="note"),
]


def search(ctx: Ctx, text: str) -> Sequence[navigation.Hit]:
    """Customers for the command palette."""
    return [
        navigation.Hit(called(row.shown), row.email or row.phone, reverse("customers:customer", args=[row.id]), "user")
        for row in queries.list_customers(ctx, query=text, limit=5)
    ]


navigation.register(
    navigation.Screen("customers", _("Customers"), "customers:index", "users", "customers:read", key="c")
)
navigation.register_search("customers", label=_("Customers"), permission="customers:read", search=search)
telling.register()
