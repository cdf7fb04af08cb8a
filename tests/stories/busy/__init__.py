"""A busy fortnight of a brand with three warehouses: its house, its floor, its carrier, and what each order still waits for."""
