"""Lets pytest collect the `test` blocks of `.flow` files."""
