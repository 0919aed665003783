"""What a node says, as a hash that no comment and no layout changes."""

from __future__ import annotations

import hashlib

from dsl import tree


def content_hash(node: tree.Node) -> str:
    """SHA-256 (hex) of what a node says; comments, places and layout take no part."""
    digest = hashlib.sha256()
    _feed(digest, node)
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, value: object) -> None:
    if isinstance(value, tree.Node):
        digest.update(type(value).__name__.encode() + b"(")
        for _, said in tree.parts(value):
            _feed(digest, said)
        digest.update(b")")
    elif isinstance(value, tuple):
        digest.update(b"[")
        for item in value:
            _feed(digest, item)
        digest.update(b"]")
    else:
        digest.update(repr(value).encode() + b";")
