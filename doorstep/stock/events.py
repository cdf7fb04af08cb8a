"""Facts of stock."""

STOCK_CHANGED = "stock.changed"
STOCK_ARRIVED = "stock.arrived"
