"""What can go wrong with the store, as sentences for people."""

from engine.errors import PlainError


class StoreError(PlainError):
    """Any of these; the text is for people."""


class StoreUnavailableError(StoreError):
    """The database refused a write (disk full, I/O error) or cannot be reached.

    Nothing of it was stored, unless the text says that this is not known: then the connection broke
    while it was being made durable. Repeating the work is right in both cases.
    """


class WriterStoppedError(StoreError):
    """The writer has ended; nothing of this was stored."""


class DataFolderInUseError(StoreError):
    """Another process owns this data folder, or writes to this database."""


class UnusableFolderError(StoreError):
    """The data folder cannot be made, read or written, or what lies in it is no database."""


class UnusableDatabaseError(StoreError):
    """The PostgreSQL database cannot be used: its address, its server or its role's rights."""


class NewerDatabaseError(StoreError):
    """The database was made by a newer version of Headrace."""


class NoDatabaseError(StoreError):
    """There is no database in this folder."""
