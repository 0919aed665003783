"""An address that several people gave leads to one of them, also after its first owner left it."""

from __future__ import annotations

from pathlib import Path

from engine.customers import identity
from engine.store.database import Database


def test_whoever_shares_an_address_is_found_by_it_when_its_owner_leaves(
    tmp_path: Path, database_url: str | None
) -> None:
    """The first of those who share it inherits it; nobody is lost or listed twice."""
    database = Database(tmp_path, database_url)
    writer = database.open_to_write()
    try:
        for customer in (1, 2, 3):
            writer.run(
                lambda tx, who=customer: identity.keep_address(tx, who, "email", "a@x.de", 5)
            )
        writer.run(lambda tx: identity.keep_address(tx, 1, "email", "b@x.de", 6))
        rows = writer.run(
            lambda tx: tx.rows("select kind, value, customer from identity order by kind, value")
        )
        assert rows == [
            ("email", "a@x.de", 2),
            ("email", "b@x.de", 1),
            ("same email", "a@x.de 3", 3),
        ]
        assert writer.run(lambda tx: identity.sharing(tx, "email", "A@x.de")) == {2, 3}
    finally:
        database.close()
