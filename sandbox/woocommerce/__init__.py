"""A WordPress site with WooCommerce. Source: https://woocommerce.github.io/woocommerce-rest-api-docs/"""
