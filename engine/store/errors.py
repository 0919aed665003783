"""What can go wrong with the store, as sentences for people."""


class StoreError(Exception):
    """Any of these; the text is for people."""


class StoreUnavailableError(StoreError):
    """The database refused a write (disk full, I/O error). Nothing of it was stored."""


class WriterStoppedError(StoreError):
    """The writer has ended; nothing of this was stored."""


class DataFolderInUseError(StoreError):
    """Another process owns this data folder."""


class UnusableFolderError(StoreError):
    """The data folder cannot be made, read or written, or what lies in it is no database."""


class NewerDatabaseError(StoreError):
    """The database was made by a newer version of Headrace."""


class NoDatabaseError(StoreError):
    """There is no database in this folder."""
