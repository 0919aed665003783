"""Keys, users, settings and the audit log."""

from sqlalchemy import BigInteger, LargeBinary, SmallInteger
from sqlmodel import Field, SQLModel

from engine.store.dialects import Json, RowId


class ApiKey(SQLModel, table=True):
    """A write key, kept as its SHA-256. `kind` is server or browser."""

    __tablename__ = "api_key"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    name: str
    kind: str
    hash: bytes = Field(sa_type=LargeBinary, unique=True)
    created_at: int = Field(sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)


class AdminUser(SQLModel, table=True):
    """Somebody who may sign in. `role` is viewer, marketer, developer or admin."""

    __tablename__ = "admin_user"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    email: str = Field(unique=True)
    password: str  # argon2id
    role: str
    created_at: int = Field(sa_type=BigInteger)
    sessions_from: int = Field(default=0, sa_type=BigInteger)


class Setting(SQLModel, table=True):
    """What the installation itself remembers: secrets it made, the demo's clock."""

    name: str = Field(primary_key=True)
    value: str


class GoneBefore(SQLModel, table=True):
    """A message that went out after the moment from which this database was restored."""

    __tablename__ = "gone_before"
    run: int = Field(primary_key=True, sa_type=BigInteger)
    step: str = Field(primary_key=True)
    visit: int = Field(primary_key=True)
    recipient: int = Field(primary_key=True, sa_type=SmallInteger)


class Audit(SQLModel, table=True):
    """Append-only: who did what."""

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    at: int = Field(sa_type=BigInteger)
    who: str
    act: str
    detail: bytes = Field(default=b"{}", sa_type=Json)
