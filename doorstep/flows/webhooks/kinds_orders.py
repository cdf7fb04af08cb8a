"""Public events of orders and what they need: the floor, parcels, stock, customers and products."""

from __future__ import annotations

from doorstep.catalog import events as catalog
from doorstep.customers import events as customers
from doorstep.flows.webhooks.shapes import INTEGER, MAP, TEXT, TEXTS, id_of, kind, money, said
from doorstep.fulfilment import events as fulfilment
from doorstep.orders import events as orders
from doorstep.routing import events as routing
from doorstep.shipping import events as shipping
from doorstep.stock import events as stock

ORDER, PART, PARCEL, LABEL = id_of("order"), id_of("fulfilment_order"), id_of("parcel"), said("label_id", INTEGER, 77)
VARIANT, CUSTOMER, PRODUCT, SHEET = id_of("variant"), id_of("customer"), id_of("product"), id_of("count_sheet")
REASON, PROBLEM = said("reason", TEXT, "operator"), said("problem", TEXT, "The postal code does not exist.")
LINES = {
    "type": "array",
    "items": {
        "type": "object", "properties": {"sku": TEXT, "was": INTEGER, "is": INTEGER}, "required": ["sku", "was", "is"],
    },
}  # fmt: skip
TRACKING_NUMBER = said("tracking_number", TEXT, "DS123456789KR")

ORDERS = (
    kind(orders.ORDER_PLACED, "An order came in and was accepted.", ORDER, said("name", TEXT, "#1042"),
         money("total", "total_minor"), said("connection_id", INTEGER, 3)),
    kind(orders.ORDER_HELD, "A part of an order may not go on.", ORDER, PART, REASON, said("note", TEXT, "Call first")),
    kind(orders.HOLD_RELEASED, "A hold ended.", ORDER, PART, REASON, said("free", {"type": "boolean"}, True)),
    kind(orders.ORDER_ROUTED, "It was decided which location fulfils a part of an order.", ORDER, PART,
         said("location_id", INTEGER, 2), said("parts", INTEGER, 1)),
    kind(routing.RULES_PUBLISHED, "Other routing rules decide from now on where orders go.", said("version", INTEGER, 3),
         said("note", TEXT, "Shops only as the last")),
    kind(orders.ORDER_CANCELLED, "An order was cancelled; its stock is free again.", ORDER, REASON),
    kind(orders.ORDER_FULFILLED, "The last part of an order left.", ORDER),
    kind(orders.ORDER_DELIVERED, "Every parcel of an order arrived.", ORDER),
    kind(orders.ORDER_PAID, "An order was paid.", ORDER),
    kind(orders.LINE_CANCELLED, "Units of a sold line were cancelled by the channel.", ORDER, id_of("order_line"),
         said("qty", INTEGER, 1), money("value", "value_minor")),
    kind(orders.ORDER_EDITED, "Lines, discount or address of an order changed before it was picked.", ORDER,
         said("lines", LINES, [{"sku": "TEE-M", "was": 1, "is": 2}]), money("total_was", "total_was_minor"),
         money("total", "total_minor"), money("difference", "difference_minor"), said("address", MAP, None)),
    kind(orders.ORDER_SPLIT, "A person let another location fulfil units of an order.", ORDER, PART,
         said("location_id", INTEGER, 2), said("units", INTEGER, 1)),
    kind(orders.ORDER_PARTED, "A person made units of a part that waits for stock a part of their own.", ORDER, PART,
         said("units", INTEGER, 1)),
    kind(orders.ORDER_REJECTED, "A location does not send units that it was to send; they are routed anew without it.", ORDER, PART,
         said("location_id", INTEGER, 2), said("units", INTEGER, 1), REASON, said("note", TEXT, "The box is crushed")),
    kind(orders.ORDER_MOVED, "Units that were not released yet go from another location.", ORDER, PART,
         said("location_id", INTEGER, 3), said("from_location_id", INTEGER, 2), said("units", INTEGER, 1),
         said("why", TEXT, "batch"), said("note", TEXT, "")),
    kind(orders.ORDER_PARKED, "No location can send a part of an order; it is cancelled on that day, unless units come.", ORDER,
         PART, said("cancel_at", TEXT, "2026-12-07T09:00:00+00:00")),
    kind(orders.PARKING_CHANGED, "A person set until when a parked part may wait.", ORDER, PART,
         said("cancel_at", TEXT, "2026-12-21T23:59:00+00:00")),
    kind(orders.PART_CANCELLED, "A part that nobody could send was cancelled beside others that are on their way.", ORDER, PART,
         REASON),
    kind(orders.ORDER_PRIORITISED, "Whose turn it is first when units come was changed.", ORDER,
         said("priority", TEXT, "high")),
    kind(orders.ORDER_PROMISED, "A new day was promised for a part that waits for stock.", ORDER, PART,
         said("promised_on", TEXT, "2026-12-08")),
    kind(orders.PROMISE_SLIPPED, "A part that waits for stock will be later than promised.", ORDER, PART,
         said("promised_on", TEXT, "2026-12-01"), said("expected_on", TEXT, "2026-12-08")),
    kind(orders.ORDER_RESHIPPED, "Units that were lost or damaged are sent again at no charge, by an order of its own.", ORDER,
         said("reship_order_id", INTEGER, 42), said("name", TEXT, "#1042-S1"), REASON, said("note", TEXT, "Crushed")),
    kind(orders.NOTE_CHANGED, "Note or tags of an order changed.", ORDER, said("note", TEXT, "Gift"),
         said("tags", TEXTS, ["gift"])),
)  # fmt: skip
FLOOR = (
    kind(fulfilment.LISTED, "A part of an order is on a pick list.", ORDER, PART, said("pick_list_id", INTEGER, 12),
         said("location_id", INTEGER, 2)),
    kind(fulfilment.PICKED, "Every unit of a part was picked.", ORDER, PART, said("pick_list_id", INTEGER, 12)),
    kind(fulfilment.SHORT, "Fewer units were found than a pick list wanted.", ORDER, PART, said("sku", TEXT, "TEE-M"),
         said("found", INTEGER, 1), said("wanted", INTEGER, 2)),
)  # fmt: skip
PARCELS = (
    kind(shipping.PARCEL_PACKED, "A parcel was closed.", ORDER, PARCEL, said("weight_g", INTEGER, 830)),
    kind(shipping.PARCEL_CANCELLED, "A parcel will not leave.", ORDER, PARCEL),
    kind(shipping.PARCEL_HANDED_OVER, "A carrier took a parcel.", ORDER, PARCEL, TRACKING_NUMBER),
    kind(shipping.PARCEL_REFUSED, "A carrier did not take a parcel.", ORDER, PARCEL, PROBLEM),
    kind(shipping.PARCEL_TRACKED, "A parcel moved.", ORDER, PARCEL, said("status", TEXT, "out_for_delivery")),
    kind(shipping.PARCEL_DELIVERED, "A parcel arrived.", ORDER, PARCEL),
    kind(shipping.LABEL_BOUGHT, "A label was bought.", ORDER, PARCEL, LABEL, TRACKING_NUMBER),
    kind(shipping.LABEL_DECLINED, "A carrier declined a label.", ORDER, PARCEL, LABEL, PROBLEM),
    kind(shipping.LABEL_VOIDED, "A label was given back.", ORDER, PARCEL, LABEL),
)
STOCK = (
    kind(stock.STOCK_CHANGED, "The stock of a variant changed. Read it at /api/v1/stock.", VARIANT, REASON),
    kind(stock.STOCK_ARRIVED, "Units of a variant became free. Read them at /api/v1/stock.", VARIANT, REASON),
    kind(stock.COUNT_OPENED, "A count sheet was made. Read it at /api/v1/stock/count-sheets.", SHEET,
         said("location_id", INTEGER, 2), said("lines", INTEGER, 24)),
    kind(stock.COUNT_DECIDED, "A person approved differences of a count.", SHEET, said("lines", INTEGER, 2)),
    kind(stock.RECOUNT_ASKED, "A person wants lines of a count sheet counted again.", SHEET, said("lines", INTEGER, 1)),
    kind(stock.COUNT_ENDED, "A count sheet was closed or cancelled.", SHEET, said("state", TEXT, "closed")),
)
DELIVERY, TRANSFER, LOT = id_of("delivery"), id_of("transfer"), id_of("lot")
DOCUMENT, UNITS, LOT_CODE = said("document", TEXT, "PO-4711"), said("units", INTEGER, 12), said("code", TEXT, "L-2611")
INBOUND = (
    kind(stock.DELIVERY_EXPECTED, "A supplier's delivery was announced.", DELIVERY, DOCUMENT, UNITS,
         said("supplier", TEXT, "Hanji Mill"), said("expected_on", TEXT, "2026-12-04")),
    kind(stock.DELIVERY_CHANGED, "A delivery comes on another day, or brings something else.", DELIVERY, DOCUMENT),
    kind(stock.DELIVERY_RECEIVED, "Units of a delivery were received.", DELIVERY, DOCUMENT, UNITS, said("over", INTEGER, 0),
         said("state", TEXT, "partially_received")),
    kind(stock.DELIVERY_TAKEN_BACK, "A receipt that was a mistake was unbooked.", DELIVERY, DOCUMENT,
         said("sku", TEXT, "TEE-M"), said("qty", INTEGER, 1)),
    kind(stock.DELIVERY_CLOSED_SHORT, "Nothing more comes of a delivery; so many units are missing.", DELIVERY, DOCUMENT,
         UNITS, REASON),
    kind(stock.DELIVERY_CANCELLED, "A delivery does not come.", DELIVERY, DOCUMENT, REASON),
    kind(stock.TRANSFER_SHIPPED, "Units left for another location.", TRANSFER, UNITS),
    kind(stock.TRANSFER_RECEIVED, "Units of a transfer arrived.", TRANSFER, UNITS, said("state", TEXT, "received")),
    kind(stock.TRANSFER_TAKEN_BACK, "A receipt of a transfer that was a mistake was unbooked.", TRANSFER,
         said("sku", TEXT, "TEE-M"), said("qty", INTEGER, 1)),
    kind(stock.TRANSFER_LOST, "Units of a transfer were lost on the way.", TRANSFER, UNITS, REASON),
    kind(stock.INCOMING_CHANGED, "What shall come of a variant changed. Read it at /api/v1/stock.", VARIANT,
         said("reference", TEXT, "delivery:12")),
    kind(stock.LOT_SET_ASIDE, "Units of a lot are in quality control.", LOT, LOT_CODE, said("qty", INTEGER, 3), REASON),
    kind(stock.LOT_WRITTEN_OFF, "Units of a lot were written off.", LOT, LOT_CODE, said("qty", INTEGER, 3), REASON),
)
PEOPLE = (
    kind(customers.CUSTOMER_CREATED, "A customer became known.", CUSTOMER, said("name", TEXT, "김민서"),
         said("email", TEXT, "minseo@example.com")),
    kind(customers.CUSTOMER_COMPLETED, "Blanks of a customer were filled from an order.", CUSTOMER,
         said("after", MAP, {"phone": "+821012345678"})),
    kind(customers.CUSTOMER_IDENTIFIED, "A customer is recognised by something more.", CUSTOMER,
         said("kinds", TEXTS, ["email"])),
    kind(customers.CUSTOMER_EDITED, "A person changed a customer.", CUSTOMER, said("before", MAP, {"name": "김민서"}),
         said("after", MAP, {"name": "김민지"})),
    kind(customers.CUSTOMERS_MERGED, "Another customer was merged into this one.", CUSTOMER, said("gone_id", INTEGER, 1043),
         said("after", MAP, {"phone": "+821012345678"})),
    kind(customers.MERGE_UNDONE, "A merge was undone: there are two customers again.", CUSTOMER,
         said("gone_id", INTEGER, 1043)),
    kind(customers.CUSTOMER_NOTED, "The note on a customer changed.", CUSTOMER),
)  # fmt: skip
PRODUCTS = (
    kind(catalog.PRODUCT_CREATED, "A product was added.", PRODUCT, said("title", TEXT, "T-shirt")),
    kind(catalog.PRODUCT_EDITED, "A product changed.", PRODUCT, said("before", MAP, {"title": "T-shirt"}),
         said("after", MAP, {"title": "Tee"})),
    kind(catalog.VARIANTS_ADDED, "A product has more variants.", PRODUCT, said("skus", TEXTS, ["TEE-M"])),
    kind(catalog.VARIANTS_EDITED, "Variants of a product changed. Read them at /api/v1/products.", PRODUCT),
    kind(catalog.COMPONENTS_SET, "What is in a bundle changed. Read it at /api/v1/products.", PRODUCT,
         said("sku", TEXT, "GIFT-SET")),
)  # fmt: skip
KINDS = (*ORDERS, *FLOOR, *PARCELS, *STOCK, *INBOUND, *PEOPLE, *PRODUCTS)
