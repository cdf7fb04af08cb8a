"""The drawer of a shop: shifts, and what crossed the counter."""
