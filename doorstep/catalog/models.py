"""What is sold."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.utils.timezone import now

from doorstep.base.models import Owned


class Product(Owned):
    class Status(models.TextChoices):
        ACTIVE = "active"
        DRAFT = "draft"
        ARCHIVED = "archived"

    id = models.BigAutoField(primary_key=True)
    title = models.CharField(max_length=255)
    description = models.TextField(default="")
    category = models.CharField(max_length=80, default="")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    option_names = models.JSONField(default=list)
    picture = models.CharField(max_length=200, default="")  # a file below MEDIA_ROOT
    final_sale = models.BooleanField(db_default=False)  # not taken back, where the policy says so
    version = models.IntegerField(default=1)
    search = models.TextField(default="")  # title, category, SKUs and barcodes, folded by base_searchable
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [
            models.Index(fields=["organisation_id", "-id"], name="product_newest"),
            GinIndex(Func(F("search"), function="base_grams"), name="product_search"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=["active", "draft", "archived"]), name="product_status_known")
        ]


class Variant(Owned):
    """The thing that is counted, priced and picked."""

    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    sku = models.CharField(max_length=64)
    barcode = models.CharField(max_length=64, default="")
    title = models.CharField(max_length=255, default="")
    options = models.JSONField(default=list)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    weight_g = models.IntegerField(default=0)
    country_of_origin = models.CharField(max_length=2, default="")
    hs_code = models.CharField(max_length=12, default="")
    length_mm = models.IntegerField(null=True)  # as it lies on the packing table; None while nobody measured it
    width_mm = models.IntegerField(null=True)
    height_mm = models.IntegerField(null=True)
    own_box = models.BooleanField(db_default=False)  # ships in the box that it came in
    fragile = models.BooleanField(db_default=False)  # nothing is stacked on it
    hazmat = models.CharField(max_length=80, db_default="")  # what makes it dangerous goods, such as "UN3481"
    archived = models.BooleanField(default=False)
    bundle = models.BooleanField(db_default=False)  # it has components, and so no stock of its own
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "sku"], name="variant_sku_once"),
            models.UniqueConstraint(
                fields=["organisation_id", "barcode"], name="variant_barcode_once", condition=~Q(barcode="")
            ),
            models.CheckConstraint(condition=Q(price_minor__gte=0), name="variant_price_not_negative"),
            models.CheckConstraint(condition=Q(weight_g__gte=0), name="variant_weight_not_negative"),
            models.CheckConstraint(
                condition=Q(length_mm__isnull=True, width_mm__isnull=True, height_mm__isnull=True)
                | Q(length_mm__gt=0, width_mm__gt=0, height_mm__gt=0),
                name="variant_dims_whole",
            ),
        ]
        indexes = [models.Index(fields=["organisation_id", "product"], name="variant_of_product")]


class Component(Owned):
    """So many units of one variant in each unit of a bundle."""

    id = models.BigAutoField(primary_key=True)
    bundle = models.ForeignKey(Variant, on_delete=models.PROTECT, db_index=False, related_name="+")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, db_index=False, related_name="+")
    qty = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "bundle", "variant"], name="component_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="component_qty_positive"),
            models.CheckConstraint(condition=~Q(bundle=F("variant")), name="component_of_another"),
        ]
        indexes = [models.Index(fields=["organisation_id", "variant"], name="component_of_bundles")]
