"""The example shop to play with: customers, products, storefront, inbox, and a clock to turn."""
