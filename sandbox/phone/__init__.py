"""Phones: text messages to customers and from them."""
