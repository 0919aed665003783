"""Files into the store and out of it: customers, products, orders, events."""
