"""A shop as Shopify's Admin API shows it."""
