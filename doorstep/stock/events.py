"""Facts of stock."""

STOCK_CHANGED = "stock.changed"
STOCK_ARRIVED = "stock.arrived"
COUNT_OPENED = "stock.count_opened"
COUNTED = "stock.counted"
COUNT_DECIDED = "stock.count_decided"
RECOUNT_ASKED = "stock.recount_asked"
COUNT_ENDED = "stock.count_ended"
