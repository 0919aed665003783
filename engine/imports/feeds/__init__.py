"""The shop's feeds of products: Google Merchant, Shopify, JSON, CSV; by hand or standing."""
