"""A warehouse of somebody else's (3PL): takes fulfilment orders, and tells what became of them and of the stock.

Source: https://developer.shipbob.com/ and https://shopify.dev/docs/apps/build/orders-fulfillment/fulfillment-service-apps (shape).
"""
