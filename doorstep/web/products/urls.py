"""Addresses of the products pages."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.catalog import queries
from doorstep.web.parts import exporting, navigation
from doorstep.web.products import bundles, pictures, telling, views
from doorstep.web.products.listing import LISTING

app_name = "products"
urlpatterns = [
    path("", views.index, name="index"),
    exporting.path_of(LISTING),
    path("new/", views.new, name="new"),
    path("<int:id>/", views.product, name="product"),
    path("<int:id>/picture/", pictures.upload, name="upload_picture"),
    path("variants/<int:variant_id>/contents/", bundles.contents, name="contents"),
    path("variants/<int:variant_id>/contents/keep/", bundles.keep, name="keep_contents"),
    path("variants/<int:variant_id>/contents/look/", bundles.look, name="look_at_contents"),
    path("variants/<int:variant_id>/contents/suggest/", bundles.suggest, name="suggest_component"),
    path("pictures/<path:name>", pictures.picture, name="picture"),
]


def search(ctx: Ctx, text: str) -> Sequence[navigation.Hit]:
    """Variants for the command palette."""
    return [
        navigation.Hit(row.title, row.sku, reverse("products:product", args=[row.product_id]), "package")
        for row in queries.search_variants(ctx, query=text, limit=5)
    ]


navigation.register(
    navigation.Screen("products", _("Products"), "products:index", "tags", "catalog:read", key="p"),
    navigation.Command(_("New product"), "products:new", "plus", "catalog:write", _("add create variant SKU")),
)
navigation.register_search("products", label=_("Products"), permission="catalog:read", search=search)
telling.register()
