"""The example shop to play with: customers, products, a storefront, an inbox and a clock to turn."""
