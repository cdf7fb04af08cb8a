"""The words of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from doorstep.base.money import Money
from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop

MAX_VARIANTS = 200
MAX_COMPONENTS = 20
MAX_COMPONENT_QTY = 100
MAX_PICTURE_BYTES = 10 * 1024 * 1024
MAX_PICTURE_PIXELS = 24_000_000
# A camera's JPEG is read at a fraction of its size.
MAX_PHOTO_PIXELS = 64_000_000


class ProductStatus(StrEnum):
    ACTIVE = "active"
    DRAFT = "draft"
    ARCHIVED = "archived"


SKU_TAKEN = Refusal(
    "sku_taken",
    gettext_noop("The SKU %(sku)s belongs to another variant."),
    gettext_noop("Use another SKU, or edit the variant that has it."),
)
BARCODE_TAKEN = Refusal(
    "barcode_taken",
    gettext_noop("The barcode %(barcode)s belongs to the SKU %(sku)s."),
    gettext_noop("A barcode names one variant only. Clear it there first."),
)
NO_VARIANT = Refusal(
    "no_variant",
    gettext_noop("A product needs at least one variant."),
    gettext_noop("Add a variant with a SKU and a price."),
    status=422,
)
TOO_MANY_VARIANTS = Refusal(
    "too_many_variants",
    gettext_noop("A product has at most %(most)s variants."),
    gettext_noop("Split it into several products."),
    status=422,
)
IS_A_BUNDLE = Refusal(
    "is_a_bundle",
    gettext_noop("%(sku)s is a bundle: what lies on the shelves are its components."),
    gettext_noop("Book its components: %(components)s."),
)
BUNDLE_IN_BUNDLE = Refusal(
    "bundle_in_bundle",
    gettext_noop("%(sku)s is a bundle itself and cannot be part of one."),
    gettext_noop("Add its components instead."),
    status=422,
)
PART_OF_BUNDLES = Refusal(
    "part_of_bundles",
    gettext_noop("%(sku)s is part of: %(bundles)s."),
    gettext_noop("Take it out of these bundles first, or archive them."),
)
NO_COMPONENT = Refusal(
    "no_component",
    gettext_noop("No product has the SKU %(sku)s."),
    gettext_noop("Choose a product that is here as a component."),
    status=422,
)
OFF_SALE_COMPONENT = Refusal(
    "off_sale_component",
    gettext_noop("%(sku)s is archived and cannot be a component."),
    gettext_noop("Put it back on sale, or choose another product."),
    status=422,
)
BAD_PICTURE = Refusal(
    "bad_picture",
    gettext_noop("This file is not a picture that can be read."),
    gettext_noop("Send a PNG, JPEG or WebP file of at most 10 MB."),
    status=422,
)


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """What a person writes about a product."""

    title: str
    description: str = ""
    category: str = ""
    status: str = ProductStatus.ACTIVE
    option_names: tuple[str, ...] = ()
    final_sale: bool = False


@dataclass(frozen=True, slots=True)
class Handling:
    """How a unit is packed.  `dims_mm`: length, width, height as it lies on the table; None while nobody measured it.

    `own_box`: it ships in the box that it came in.  `fragile`: nothing is stacked on it.  `hazmat`: what makes it dangerous
    goods, such as UN3481.
    """

    dims_mm: tuple[int, int, int] | None = None
    own_box: bool = False
    fragile: bool = False
    hazmat: str = ""


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """What a person writes about a variant.  `options` answer the product's option names, in order."""

    sku: str
    price: Money
    barcode: str = ""
    options: tuple[str, ...] = ()
    weight_g: int = 0
    hs_code: str = ""
    country_of_origin: str = ""
    archived: bool = False
    handling: Handling = Handling()


@dataclass(frozen=True, slots=True)
class VariantItem:
    """A variant as a file or a feed tells it. Items with the same `product` are variants of one product; an empty one
    makes a product of its own that carries the item's title."""

    sku: str
    title: str
    price: Money
    barcode: str = ""
    product: str = ""
    category: str = ""
    option_names: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    weight_g: int = 0
    hs_code: str = ""
    country_of_origin: str = ""
    is_draft: bool = False  # a product that is made for it is one that somebody is to look at first
    handling: Handling = Handling()


@dataclass(frozen=True, slots=True)
class VariantRow:
    """A variant as others show, pick and ship it.  `title` is the product's with the options behind it."""

    id: int
    product_id: int
    sku: str
    barcode: str
    title: str
    price_minor: int
    currency: str
    weight_g: int
    picture: str
    archived: bool
    hs_code: str
    country_of_origin: str
    options: list[str] = field(default_factory=list)
    bundle: bool = False
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    own_box: bool = False
    fragile: bool = False
    hazmat: str = ""

    @property
    def handling(self) -> Handling:
        dims = (self.length_mm, self.width_mm, self.height_mm)
        known = None if None in dims else (dims[0] or 0, dims[1] or 0, dims[2] or 0)
        return Handling(known, self.own_box, self.fragile, self.hazmat)

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


@dataclass(frozen=True, slots=True)
class SoldRow:
    """A variant as an order needs to know it, entitled as in `VariantRow`."""

    id: int
    sku: str
    title: str
    bundle: bool


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """So many units of a variant in one unit of a bundle.  `on_sale`: neither it nor its product is archived."""

    bundle_id: int
    variant_id: int
    product_id: int
    sku: str
    title: str
    qty: int
    price_minor: int
    currency: str
    on_sale: bool

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


@dataclass(frozen=True, slots=True)
class BundleUse:
    """A bundle that a variant is part of.  `on_sale`: neither the bundle nor its product is archived."""

    variant_id: int
    bundle_id: int
    product_id: int
    sku: str
    title: str
    qty: int
    on_sale: bool


@dataclass(frozen=True, slots=True)
class Traits:
    """What rules ask about the product of a variant."""

    variant_id: int
    product_id: int
    category: str
    final_sale: bool


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One line of the products list.  Variants that are archived do not count."""

    id: int
    title: str
    category: str
    status: str
    picture: str
    variants: int
    first_sku: str
    price_from_minor: int
    price_to_minor: int
    currency: str
    updated_at: datetime
    bundles: int = 0

    @property
    def price_from(self) -> Money:
        return Money(self.price_from_minor, self.currency)

    @property
    def price_to(self) -> Money:
        return Money(self.price_to_minor, self.currency)


@dataclass(frozen=True, slots=True)
class ProductDetail:
    id: int
    title: str
    description: str
    category: str
    status: str
    option_names: list[str]
    picture: str
    version: int
    final_sale: bool
    created_at: datetime
    updated_at: datetime
    variants: list[VariantRow] = field(default_factory=list)
