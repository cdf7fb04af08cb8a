"""WooCommerce, the shop plug-in of WordPress."""
