"""What must hold of customers."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

INVARIANTS = [
    Invariant(
        "customers.identity_in_its_organisation",
        "An identity and its customer belong to the same organisation.",
        """SELECT i.organisation_id, i.id AS identity_id, c.organisation_id AS customer_organisation_id
             FROM customers_identity i JOIN customers_customer c ON c.id = i.customer_id
            WHERE c.organisation_id <> i.organisation_id""",
    ),
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
]
