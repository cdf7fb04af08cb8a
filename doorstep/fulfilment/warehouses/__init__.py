"""Warehouses that somebody else runs: their accounts, and what they were asked to send."""
