"""How often each operation may be called, as Amazon's models document it; its answers may say that it is more.

Source: the "Usage Plan" of each operation, and
https://developer-docs.amazon.com/sp-api/docs/usage-plans-and-rate-limits-in-the-sp-api
"""

from __future__ import annotations

from doorstep.channels.pacing import Pace

SEARCH_ORDERS = Pace("searchOrders", 0.0056, 20)
GET_ORDER = Pace("getOrder", 0.5, 30)
GET_ORDERS_V0 = Pace("getOrders", 0.0167, 20)
GET_ORDER_V0 = Pace("getOrder v0", 0.5, 30)
GET_ORDER_ITEMS = Pace("getOrderItems", 0.5, 30)
GET_ORDER_ADDRESS = Pace("getOrderAddress", 0.5, 30)
GET_ORDER_BUYER = Pace("getOrderBuyerInfo", 0.5, 30)
GET_ITEMS_BUYER = Pace("getOrderItemsBuyerInfo", 0.5, 30)
CONFIRM_SHIPMENT = Pace("confirmShipment", 2, 10)
CREATE_TOKEN = Pace("createRestrictedDataToken", 1, 10)
SEARCH_LISTINGS = Pace("searchListingsItems", 5, 5)
CREATE_FEED_DOCUMENT = Pace("createFeedDocument", 0.5, 15)
CREATE_FEED = Pace("createFeed", 0.0083, 15)
GET_FEED = Pace("getFeed", 2, 15)
CANCEL_FEED = Pace("cancelFeed", 2, 15)
GET_FEED_DOCUMENT = Pace("getFeedDocument", 0.0222, 10)
GET_MESSAGING_ACTIONS = Pace("getMessagingActionsForOrder", 1, 5)
CONFIRM_ORDER_DETAILS = Pace("createConfirmOrderDetails", 1, 5)
CONFIRM_DELIVERY_DETAILS = Pace("createConfirmDeliveryDetails", 1, 5)
CONFIRM_CUSTOMISATION = Pace("confirmCustomizationDetails", 1, 5)
TELL_PROBLEM = Pace("createUnexpectedProblem", 1, 5)
LIST_TRANSACTIONS = Pace("listTransactions", 0.5, 10)

ALL = (
    SEARCH_ORDERS, GET_ORDER, GET_ORDERS_V0, GET_ORDER_V0, GET_ORDER_ITEMS, GET_ORDER_ADDRESS, GET_ORDER_BUYER, GET_ITEMS_BUYER,
    CONFIRM_SHIPMENT, CREATE_TOKEN, SEARCH_LISTINGS, CREATE_FEED_DOCUMENT, CREATE_FEED, GET_FEED, CANCEL_FEED, GET_FEED_DOCUMENT,
    GET_MESSAGING_ACTIONS, CONFIRM_ORDER_DETAILS, CONFIRM_DELIVERY_DETAILS, CONFIRM_CUSTOMISATION, TELL_PROBLEM,
    LIST_TRANSACTIONS,
)  # fmt: skip
