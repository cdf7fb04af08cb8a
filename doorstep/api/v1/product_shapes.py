"""The documents of products and variants."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from doorstep.api.v1.shapes import INT4, In, MoneyIn, MoneyOut, Out, Sku, text

Status = Literal["active", "draft", "archived"]
Options = Annotated[list[Annotated[StrictStr, text(80)]], Field(max_length=5)]


class DimsIn(In):
    """Length, width and height as it lies on the packing table, in millimetres."""

    length_mm: Annotated[StrictInt, Field(ge=1, le=10_000)]
    width_mm: Annotated[StrictInt, Field(ge=1, le=10_000)]
    height_mm: Annotated[StrictInt, Field(ge=1, le=10_000)]


class DimsOut(Out):
    """Length, width and height in millimetres."""

    length_mm: int
    width_mm: int
    height_mm: int


class VariantIn(In):
    sku: Sku
    price: MoneyIn
    barcode: Annotated[StrictStr, text(64)] = ""
    options: Options = []
    weight_g: Annotated[StrictInt, Field(ge=0, le=10_000_000)] = 0
    hs_code: Annotated[StrictStr, text(12)] = ""
    country_of_origin: Annotated[StrictStr, Field(pattern=r"^([A-Z]{2})?$")] = ""
    archived: StrictBool = False
    dims: DimsIn | None = None
    own_box: StrictBool = False
    fragile: StrictBool = False
    hazmat: Annotated[StrictStr, text(80)] = ""


class VariantPatchIn(In):
    """What is left out stays as it is."""

    sku: Sku | None = None
    price: MoneyIn | None = None
    barcode: Annotated[StrictStr, text(64)] | None = None
    options: Options | None = None
    weight_g: Annotated[StrictInt, Field(ge=0, le=10_000_000)] | None = None
    hs_code: Annotated[StrictStr, text(12)] | None = None
    country_of_origin: Annotated[StrictStr, Field(pattern=r"^([A-Z]{2})?$")] | None = None
    archived: StrictBool | None = None
    dims: DimsIn | None = None
    own_box: StrictBool | None = None
    fragile: StrictBool | None = None
    hazmat: Annotated[StrictStr, text(80)] | None = None


class ProductIn(In):
    title: Annotated[StrictStr, text(255, required=True)]
    description: Annotated[StrictStr, text(20_000)] = ""
    category: Annotated[StrictStr, text(80)] = ""
    status: Status = "active"
    option_names: Annotated[list[Annotated[StrictStr, text(40, required=True)]], Field(max_length=5)] = []
    final_sale: StrictBool = False
    variants: Annotated[list[VariantIn], Field(min_length=1, max_length=200)]


class ProductPatchIn(In):
    """What is left out stays as it is. `version` is the one you read."""

    version: Annotated[StrictInt, Field(ge=1, le=INT4)]
    title: Annotated[StrictStr, text(255, required=True)] | None = None
    description: Annotated[StrictStr, text(20_000)] | None = None
    category: Annotated[StrictStr, text(80)] | None = None
    status: Status | None = None
    option_names: Annotated[list[Annotated[StrictStr, text(40, required=True)]], Field(max_length=5)] | None = None
    final_sale: StrictBool | None = None


class ComponentIn(In):
    sku: Sku
    qty: Annotated[StrictInt, Field(ge=1, le=100)]


class ComponentsIn(In):
    """What one bundle is made of; with nothing, it is an ordinary variant again."""

    components: Annotated[list[ComponentIn], Field(max_length=20)]


class ComponentOut(Out):
    """Units of a variant in one bundle."""

    variant_id: int
    sku: str
    title: str
    qty: int


class VariantOut(Out):
    """`bundle`: it is made of `components` and has no stock of its own. `available`: units that may still be promised; of a
    bundle as many as its scarcest component allows. `dims`: as it lies on the packing table, null while nobody measured it;
    `own_box`: it ships in the box that it came in; `fragile`: nothing is stacked on it; `hazmat`: what makes it dangerous goods."""

    id: int
    product_id: int
    sku: str
    barcode: str
    title: str
    price: MoneyOut
    options: list[str]
    weight_g: int
    hs_code: str
    country_of_origin: str
    archived: bool
    dims: DimsOut | None
    own_box: bool
    fragile: bool
    hazmat: str
    bundle: bool
    available: int
    components: list[ComponentOut]


class ProductOut(Out):
    id: int
    title: str
    description: str
    category: str
    status: str
    option_names: list[str]
    final_sale: bool
    version: int
    created_at: datetime
    updated_at: datetime
    variants: list[VariantOut]


class ProductsOut(Out):
    products: list[ProductOut]
    next: str | None
