"""A brand moves in: its products, stock, customers and bins from files that it has already."""
