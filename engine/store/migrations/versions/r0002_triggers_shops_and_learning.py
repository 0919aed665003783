"""What triggers, shops, segments, publishing and learning keep."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import AutoString

JSON = sa.LargeBinary().with_variant(postgresql.JSONB(), "postgresql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Compared and sorted by code point, whatever the database's own order is: as SQLite does.
TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _segments_and_schedules()
    _products_and_imports()
    _coupons_and_shops()
    _suppressions()
    _publishing()
    _learning()


def _publishing() -> None:
    op.add_column("run", sa.Column("asleep_until", sa.BigInteger(), nullable=True))
    op.create_table(
        "flow_hold",
        sa.Column("flow", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("flow"),
    )
    op.create_table(
        "version_move",
        sa.Column("flow", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("flow"),
    )
    op.create_index(
        "intent_paused",
        "intent",
        ["flow"],
        sqlite_where=sa.text("state = 'paused'"),
        postgresql_where=sa.text("state = 'paused'"),
    )


def _suppressions() -> None:
    with op.batch_alter_table("suppression") as table:
        table.add_column(sa.Column("number", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_suppression_number", "suppression", ["number"])


def _segments_and_schedules() -> None:
    op.create_index("customer_of_zone", "customer", ["zone", "id"])
    op.create_table(
        "schedule_line",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("flow", sa.BigInteger(), nullable=False),
        sa.Column("says", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("flow", "says", name="schedule_line_once"),
    )
    op.create_table(
        "zone_move",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.Column("zone_before", TEXT, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "segment",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(
        "membership_of_segment",
        "membership",
        ["segment", "customer"],
        sqlite_where=sa.text("member"),
        postgresql_where=sa.text("member"),
    )
    op.create_table(
        "membership_change",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.Column("segment", TEXT, nullable=False),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_membership_change_customer", "membership_change", ["customer"])
    op.create_index("membership_change_of_segment", "membership_change", ["segment", "id"])
    # Lines were known by their place in the flow, which an edit changes: they start anew.
    op.execute("delete from firing")
    op.execute("delete from cursor where substr(name, 1, 9) = 'schedule:'")


def _products_and_imports() -> None:
    op.create_table(
        "interest",
        sa.Column("product", TEXT, nullable=False),
        sa.Column("event", TEXT, nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("product", "event", "customer"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_interest_customer", "interest", ["customer"])
    op.add_column("product", sa.Column("parent", TEXT, nullable=True))
    op.create_index("ix_product_parent", "product", ["parent"])
    op.create_table(
        "import_job",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("warnings", JSON, nullable=False),
        sa.Column("next_change", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "digest", name="import_job_once"),
    )
    op.create_table(
        "import_rejection",
        sa.Column("job", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("job", "number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "import_seen",
        sa.Column("job", sa.BigInteger(), nullable=False),
        sa.Column("product", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("job", "product"),
        sqlite_with_rowid=False,
    )


def _coupons_and_shops() -> None:
    with op.batch_alter_table("coupon_code") as table:
        table.add_column(sa.Column("folded", TEXT, nullable=False, server_default=""))
        table.add_column(sa.Column("redeemed_by", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("order_value", sa.BigInteger(), nullable=True))
    op.execute("update coupon_code set folded = upper(code)")
    op.create_index("ix_coupon_code_folded", "coupon_code", ["folded"])
    op.create_table(
        "coupon_pool",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("coupon", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("folded", TEXT, nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("folded"),
    )
    left = sa.text("taken_at is null")
    op.create_index(
        "coupon_pool_left",
        "coupon_pool",
        ["coupon", "id"],
        sqlite_where=left,
        postgresql_where=left,
    )
    op.create_table(
        "shop_record",
        sa.Column("shop", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("ref", TEXT, nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.PrimaryKeyConstraint("shop", "kind", "ref"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_shop_record_customer", "shop_record", ["customer"])
    op.create_table(
        "shop_delivery",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("shop", TEXT, nullable=False),
        sa.Column("mark", TEXT, nullable=False),
        sa.Column("topic", TEXT, nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("shop", "mark", name="shop_delivery_once"),
    )
    due = sa.text("due_at is not null")
    op.create_index(
        "shop_delivery_due", "shop_delivery", ["due_at"], sqlite_where=due, postgresql_where=due
    )


def _learning() -> None:
    op.create_table(
        "learned",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("trained_at", sa.BigInteger(), nullable=False),
        sa.Column("newest", sa.BigInteger(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
