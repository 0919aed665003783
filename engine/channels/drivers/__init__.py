"""A file here is a provider: its module holds a `DRIVER`, and nothing else names it.

`engine.channels.registry` finds the files; docs/channels.md shows how to write one.
"""
