"""What people have typed into the files of a project and not saved yet, and who saved what."""

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel

from engine.store.dialects import RowId


class FileDraft(SQLModel, table=True):
    """A file as one person has it: `text` instead of `base`, which is what the file held.

    Both are bytes as they stand in a file. `base` is null for a new file, `text` for one that is to
    go. `was` names the file that this one replaces, "" where none.
    """

    __tablename__ = "file_draft"
    person: str = Field(primary_key=True)
    file: str = Field(primary_key=True)
    base: bytes | None = Field(default=None, sa_type=LargeBinary)
    text: bytes | None = Field(default=None, sa_type=LargeBinary)
    was: str = ""
    changed_at: int = Field(sa_type=BigInteger)


class FileSave(SQLModel, table=True):
    """Append-only: who let a file hold what, by the SHA-256 (hex) of its bytes; "" for none."""

    __tablename__ = "file_save"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    file: str = Field(index=True)
    hash: str
    person: str
    at: int = Field(sa_type=BigInteger)
