"""What happened to products."""

from __future__ import annotations

PRODUCT_CREATED = "ProductCreated"
PRODUCT_EDITED = "ProductEdited"
VARIANTS_ADDED = "VariantsAdded"
VARIANTS_EDITED = "VariantsEdited"
PICTURE_SET = "ProductPictureSet"
ALL = (PRODUCT_CREATED, PRODUCT_EDITED, VARIANTS_ADDED, VARIANTS_EDITED, PICTURE_SET)
