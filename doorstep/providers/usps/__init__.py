"""USPS: reads recorded answers, and is not wired."""
