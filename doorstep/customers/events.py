"""What happened to customers."""

from __future__ import annotations

CUSTOMER_CREATED = "customer.created"
CUSTOMER_COMPLETED = "customer.completed"
CUSTOMER_IDENTIFIED = "customer.identified"
CUSTOMER_EDITED = "customer.edited"
CUSTOMER_NOTED = "customer.noted"
CUSTOMERS_MERGED = "customer.merged"
MERGE_UNDONE = "customer.merge_undone"
