"""A hosted web shop. Source: https://shopify.dev/docs/api/admin-rest/latest/resources/order"""
