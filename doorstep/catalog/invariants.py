"""What must hold in the catalogue."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

INVARIANTS = [
    Invariant(
        "catalog.product_has_a_variant",
        "Every product has at least one variant.",
        """SELECT p.organisation_id, p.id AS product_id, p.title FROM catalog_product p
            WHERE NOT EXISTS (SELECT FROM catalog_variant v
                               WHERE v.organisation_id = p.organisation_id AND v.product_id = p.id)""",
    ),
    Invariant(
        "catalog.found_by_its_sku",
        "A product is found by each of its SKUs.",
        """SELECT v.organisation_id, v.product_id, v.sku FROM catalog_variant v
             JOIN catalog_product p ON p.id = v.product_id AND p.organisation_id = v.organisation_id
            WHERE strpos(p.search, base_searchable(v.sku)) = 0""",
    ),
    Invariant(
        "catalog.bundles_have_components",
        "A variant is a bundle exactly while it has components, and no bundle is in another.",
        """SELECT v.organisation_id, v.id AS variant_id, v.sku, v.bundle FROM catalog_variant v
            WHERE v.bundle <> EXISTS (SELECT FROM catalog_component c
                                       WHERE c.organisation_id = v.organisation_id AND c.bundle_id = v.id)
               OR (v.bundle AND EXISTS (SELECT FROM catalog_component c
                                         WHERE c.organisation_id = v.organisation_id AND c.variant_id = v.id))""",
    ),
]
