"""What we ask Shopify, in its GraphQL.

Source: https://shopify.dev/docs/api/admin-graphql/2026-07 (fields), https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits
(what they cost) and https://shopify.dev/docs/api/usage/idempotent-requests (keys).
"""

from __future__ import annotations

from dataclasses import dataclass

VERSION = "2026-07"
DEAREST = 1000  # points that one query may ask for
ORDERS_AT_ONCE = 8
VARIANTS_AT_ONCE = 35
REFUNDS_AT_ONCE = 5
NUMBERS_AT_ONCE = 250  # the longest list that an argument may be


@dataclass(frozen=True, slots=True)
class Operation:
    """One text.  `cost`: the points that it asks for, of which most are given back.  `repeatable`: twice does what once does."""

    name: str
    text: str
    cost: int
    repeatable: bool = True


_PAGE = "pageInfo { hasNextPage endCursor }"
_MONEY = "{ shopMoney { amount } }"
_LINE = f"""id name sku quantity unfulfilledQuantity requiresShipping isGiftCard variant {{ id }}
      originalUnitPriceSet {_MONEY} discountAllocations {{ allocatedAmountSet {_MONEY} }}"""
_SHIPPING = f"title originalPriceSet {_MONEY} discountAllocations {{ allocatedAmountSet {_MONEY} }}"
_REFUND_LINE = "quantity restockType lineItem { id }"
_ADDRESS = "name firstName lastName company address1 address2 city province zip countryCodeV2 phone"
_ORDER = f"""
  id name createdAt updatedAt cancelledAt cancelReason displayFinancialStatus currencyCode taxesIncluded email phone note
  customerLocale customerAcceptsMarketing returnStatus
  totalPriceSet {_MONEY} totalTaxSet {_MONEY} totalTipReceivedSet {_MONEY}
  originalTotalDutiesSet {_MONEY} originalTotalAdditionalFeesSet {_MONEY}
  customer {{ id firstName lastName tags }}
  shippingAddress {{ {_ADDRESS} }} billingAddress {{ {_ADDRESS} }}
  shippingLines(first: 3) {{ nodes {{ {_SHIPPING} }} {_PAGE} }}
  lineItems(first: 10) {{ nodes {{ {_LINE} }} {_PAGE} }}
  refunds(first: {REFUNDS_AT_ONCE}) {{ id note totalRefundedSet {_MONEY} }}"""

ORDERS = Operation(
    "Orders",
    f"""query Orders($first: Int!, $after: String, $query: String) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{ nodes {{ {_ORDER} }} {_PAGE} }}
}}""",
    DEAREST,
)
ORDER = Operation("Order", f"query Order($id: ID!) {{ order(id: $id) {{ {_ORDER} }} }}", 130)
ORDER_LINES = Operation(
    "OrderLines",
    f"""query OrderLines($id: ID!, $after: String) {{
  order(id: $id) {{ lineItems(first: 100, after: $after) {{ nodes {{ {_LINE} }} {_PAGE} }} }}
}}""",
    710,
)
ORDER_SHIPPING = Operation(
    "OrderShipping",
    f"""query OrderShipping($id: ID!, $after: String) {{
  order(id: $id) {{ shippingLines(first: 50, after: $after) {{
    nodes {{ {_SHIPPING} }} {_PAGE} }} }}
}}""",
    310,
)
ORDER_REFUNDS = Operation(
    "OrderRefunds",
    f"query OrderRefunds($id: ID!) {{ order(id: $id) {{ refunds(first: 250) {{ id note totalRefundedSet {_MONEY} }} }} }}",
    760,
)
REFUND_LINES = Operation(
    "RefundLines",
    f"""query RefundLines($id: ID!, $after: String) {{
  node(id: $id) {{ ... on Refund {{ refundLineItems(first: 250, after: $after) {{ nodes {{ {_REFUND_LINE} }} {_PAGE} }} }} }}
}}""",
    510,
)
_BACK_LINE = """quantity customerNote returnReasonNote returnReasonDefinition { handle name }
      ... on ReturnLineItem { fulfillmentLineItem { lineItem { sku variant { id } } } }"""
ORDER_RETURNS = Operation(
    "OrderReturns",
    f"""query OrderReturns($id: ID!) {{
  order(id: $id) {{ returns(first: 12) {{ nodes {{ id status createdAt requestApprovedAt closedAt
    returnLineItems(first: 12) {{ nodes {{ {_BACK_LINE} }} {_PAGE} }} }} }} }}
}}""",
    790,
)
RETURN_LINES = Operation(
    "ReturnLines",
    f"""query ReturnLines($id: ID!, $after: String) {{
  return(id: $id) {{ returnLineItems(first: 150, after: $after) {{ nodes {{ {_BACK_LINE} }} {_PAGE} }} }}
}}""",
    760,
)
_REVERSE_LINE = "id totalQuantity dispositions { quantity } fulfillmentLineItem { lineItem { sku variant { id } } }"
RETURN = Operation(
    "Return",
    f"""query Return($id: ID!) {{
  return(id: $id) {{ status reverseFulfillmentOrders(first: 3) {{ nodes {{ lineItems(first: 50) {{
    nodes {{ {_REVERSE_LINE} }} {_PAGE} }} }} }} }}
}}""",
    770,
)
RETURNS_AT_ONCE = 100
RETURN_STEPS = Operation(
    "ReturnSteps", "query ReturnSteps($ids: [ID!]!) { nodes(ids: $ids) { ... on Return { id status } } }", RETURNS_AT_ONCE + 10
)
APPROVE_RETURN = Operation(
    "ApproveReturn",
    """mutation ApproveReturn($id: ID!) {
  returnApproveRequest(input: { id: $id, notifyCustomer: false }) { userErrors { field message } }
}""",
    20,
    repeatable=False,
)
RETURNABLE = Operation(
    "Returnable",
    f"""query Returnable($order: ID!, $after: String) {{
  returnableFulfillments(orderId: $order, first: 8, after: $after) {{ nodes {{
    returnableFulfillmentLineItems(first: 25) {{
      nodes {{ quantity fulfillmentLineItem {{ id lineItem {{ sku variant {{ id }} }} }} }} {_PAGE} }} }} {_PAGE} }}
}}""",
    840,
)
OPEN_RETURN = Operation(
    "OpenReturn",
    """mutation OpenReturn($input: ReturnInput!) {
  returnCreate(returnInput: $input) { return { id } userErrors { field message } }
}""",
    20,
    repeatable=False,
)
CALL_OFF_RETURN = Operation(
    "CallOffReturn",
    """mutation CallOffReturn($id: ID!) { returnCancel(id: $id, notifyCustomer: false) { userErrors { field message } } }""",
    20,
    repeatable=False,
)
DISPOSE = Operation(
    "Dispose",
    """mutation Dispose($inputs: [ReverseFulfillmentOrderDisposeInput!]!) {
  reverseFulfillmentOrderDispose(dispositionInputs: $inputs) { userErrors { field message } }
}""",
    20,
    repeatable=False,
)
_LEVEL = 'location { id name } quantities(names: ["available"]) { name quantity }'
LISTINGS = Operation(
    "Listings",
    f"""query Listings($first: Int!, $after: String) {{
  productVariants(first: $first, after: $after, sortKey: ID) {{
    nodes {{ id sku barcode displayName
      inventoryItem {{ id tracked inventoryLevels(first: 8) {{ nodes {{ {_LEVEL} }} {_PAGE} }} }} }}
    {_PAGE} }}
}}""",
    DEAREST,
)
COUNT = Operation("Count", "query Count($limit: Int) { productVariantsCount(limit: $limit) { count } }", 1)
BULK_LISTINGS = Operation(
    "BulkListings",
    """query BulkListings { productVariants { edges { node { id sku barcode displayName
  inventoryItem { id tracked inventoryLevels { edges { node { id item { id } location { id name }
    quantities(names: ["available"]) { name quantity } } } } } } } } }""",
    10,
)
_BULK = "id status errorCode objectCount rootObjectCount createdAt url query"
BULK_RUN = Operation(
    "BulkRun",
    """mutation BulkRun($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: false) { bulkOperation { id status } userErrors { code field message } }
}""",
    20,
    repeatable=False,
)
BULK_RUNNING = Operation(
    "BulkRunning",
    f"""query BulkRunning {{
  bulkOperations(first: 10, sortKey: CREATED_AT, reverse: true, query: "operation_type:query") {{ nodes {{ {_BULK} }} }}
}}""",
    20,
)
BULK = Operation("Bulk", f"query Bulk($id: ID!) {{ bulkOperation(id: $id) {{ {_BULK} }} }}", 5)
LEVELS = Operation(
    "Levels",
    f"""query Levels($id: ID!, $after: String) {{
  inventoryItem(id: $id) {{ inventoryLevels(first: 250, after: $after) {{ nodes {{ {_LEVEL} }} {_PAGE} }} }}
}}""",
    760,
)
SHOWN_COST = 3  # of each item
SHOWN = Operation(
    "Shown",
    """query Shown($ids: [ID!]!, $location: ID!) {
  nodes(ids: $ids) { ... on InventoryItem { id
    inventoryLevel(locationId: $location) { quantities(names: ["available"]) { name quantity } } } }
}""",
    SHOWN_COST * (NUMBERS_AT_ONCE + 1),
)
SET_NUMBERS = Operation(
    "SetNumbers",
    """mutation SetNumbers($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { code field message } }
}""",
    20,
)
_TO_SEND = "id sku remainingQuantity variant { id }"
TO_SEND = Operation(
    "ToSend",
    f"""query ToSend($id: ID!) {{
  order(id: $id) {{ cancelledAt
    fulfillments(first: 50) {{ id status trackingInfo(first: 1) {{ number }} }}
    fulfillmentOrders(first: 8) {{ nodes {{ id status assignedLocation {{ location {{ id }} }}
      lineItems(first: 45) {{ nodes {{ {_TO_SEND} }} {_PAGE} }} }} {_PAGE} }} }}
}}""",
    870,
)
MORE_TO_SEND = Operation(
    "MoreToSend",
    f"""query MoreToSend($id: ID!, $after: String) {{
  fulfillmentOrder(id: $id) {{ lineItems(first: 250, after: $after) {{ nodes {{ {_TO_SEND} }} {_PAGE} }} }}
}}""",
    510,
)
SENT = Operation(
    "Sent",
    f"""query Sent($id: ID!, $after: String) {{
  node(id: $id) {{ ... on Fulfillment {{
    fulfillmentLineItems(first: 250, after: $after) {{ nodes {{ quantity lineItem {{ sku variant {{ id }} }} }} {_PAGE} }} }} }}
}}""",
    760,
)
FULFIL = Operation(
    "Fulfil",
    """mutation Fulfil($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id } userErrors { field message } }
}""",
    20,
    repeatable=False,
)
CANCEL = Operation(
    "Cancel",
    """mutation Cancel($id: ID!, $reason: OrderCancelReason!, $note: String) {
  orderCancel(orderId: $id, reason: $reason, restock: false, notifyCustomer: false, staffNote: $note) {
    job { id } orderCancelUserErrors { code field message } }
}""",
    20,
    repeatable=False,
)
STATE = Operation("State", "query State($id: ID!) { order(id: $id) { cancelledAt } }", 1)
PAYMENTS = Operation(
    "Payments",
    f"""query Payments($id: ID!) {{
  order(id: $id) {{ currencyCode presentmentCurrencyCode
    transactions(first: 50) {{ id kind status gateway manualPaymentGateway amountSet {_MONEY} }} }}
}}""",
    160,
)
REFUND = Operation(
    "Refund",
    """mutation Refund($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) { refund { id } userErrors { field message } }
}""",
    20,
)
WEBHOOKS = Operation(
    "Webhooks",
    f"""query Webhooks($after: String) {{
  webhookSubscriptions(first: 100, after: $after) {{ nodes {{ id topic uri }} {_PAGE} }}
}}""",
    110,
)
SUBSCRIBE = Operation(
    "Subscribe",
    """mutation Subscribe($topic: WebhookSubscriptionTopic!, $uri: String!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: { uri: $uri, format: JSON }) {
    webhookSubscription { id } userErrors { field message } }
}""",
    20,
)
UNSUBSCRIBE = Operation(
    "Unsubscribe",
    """mutation Unsubscribe($id: ID!) {
  webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { field message } }
}""",
    20,
)
OPERATIONS = (
    ORDERS, ORDER, ORDER_LINES, ORDER_SHIPPING, ORDER_REFUNDS, REFUND_LINES, LISTINGS, LEVELS, SHOWN, SET_NUMBERS, TO_SEND,
    MORE_TO_SEND, SENT, FULFIL, ORDER_RETURNS, RETURN_LINES, RETURN, RETURN_STEPS, RETURNABLE, OPEN_RETURN, APPROVE_RETURN,
    CALL_OFF_RETURN, DISPOSE, COUNT,
    BULK_LISTINGS, BULK_RUN, BULK_RUNNING, BULK, CANCEL, STATE, PAYMENTS, REFUND, WEBHOOKS, SUBSCRIBE, UNSUBSCRIBE,
)  # fmt: skip
