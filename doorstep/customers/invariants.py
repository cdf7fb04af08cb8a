"""What must hold of customers."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

INVARIANTS = [
    Invariant(
        "customers.email_is_folded",
        "E-mail identities are kept as they are compared, so that no person is doubled by a capital letter.",
        """SELECT organisation_id, customer_id, value FROM customers_identity
            WHERE kind = 'email' AND value <> btrim(base_searchable(value))""",
    ),
    Invariant(
        "customers.email_names_somebody",
        "The e-mail address of a customer is an identity of somebody in the organisation.",
        """SELECT c.organisation_id, c.id AS customer_id, c.email FROM customers_customer c
            WHERE c.email <> '' AND NOT EXISTS (
                  SELECT FROM customers_identity i
                   WHERE i.organisation_id = c.organisation_id AND i.kind = 'email' AND i.value = c.email)""",
    ),
    Invariant(
        "customers.merged_away_by_a_merge",
        "A customer is away exactly while a merge stands that took them, and nobody is recognised as them.",
        """SELECT c.organisation_id, c.id AS customer_id, c.merged_into_id, m.keep_id FROM customers_customer c
             LEFT JOIN customers_merge m ON m.organisation_id = c.organisation_id AND m.gone_id = c.id AND m.undone_at IS NULL
            WHERE c.merged_into_id IS DISTINCT FROM m.keep_id OR (c.merged_into_id IS NOT NULL AND EXISTS (
                  SELECT FROM customers_identity i WHERE i.organisation_id = c.organisation_id AND i.customer_id = c.id))""",
    ),
]
