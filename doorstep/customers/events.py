"""What happened to customers."""

from __future__ import annotations

CUSTOMER_CREATED = "CustomerCreated"
CUSTOMER_COMPLETED = "CustomerCompleted"
CUSTOMER_IDENTIFIED = "CustomerIdentified"
CUSTOMER_EDITED = "CustomerEdited"
CUSTOMER_NOTED = "CustomerNoted"
ALL = (CUSTOMER_CREATED, CUSTOMER_COMPLETED, CUSTOMER_IDENTIFIED, CUSTOMER_EDITED, CUSTOMER_NOTED)
