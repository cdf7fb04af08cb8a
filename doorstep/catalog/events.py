"""What happened to products."""

from __future__ import annotations

PRODUCT_CREATED = "product.created"
PRODUCT_EDITED = "product.edited"
VARIANTS_ADDED = "product.variants_added"
VARIANTS_EDITED = "product.variants_edited"
PICTURE_SET = "product.picture_set"
COMPONENTS_SET = "product.components_set"
