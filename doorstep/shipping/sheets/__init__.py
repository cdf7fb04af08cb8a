"""Rate sheets: what a carrier without an interface charges, by zone and weight."""
