"""What the store refuses, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class StoreError(ValiseError):
    """The database could not do what was asked; nothing was stored."""

    code: ClassVar[str] = "store_failed"
    status: ClassVar[int] = 503
    message: ClassVar[str] = N_("The database could not store this: {reason}.")
    hint: ClassVar[str] = N_("Nothing was lost: try again. If it lasts, look at the disk space and the database's log.")


class StoreBusy(StoreError):
    """Too much work waits already."""

    code: ClassVar[str] = "store_busy"
    message: ClassVar[str] = N_("The server has too much to write at this moment.")
    hint: ClassVar[str] = N_("Try again in a minute.")


class Conflict(StoreError):
    """A rule of the schema (unique, foreign key, check) refuses the row."""

    code: ClassVar[str] = "store_conflict"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This would contradict what is stored already: {reason}.")
    hint: ClassVar[str] = N_("Reload and look at what is there now.")


class StoreClosed(StoreError):
    """The database is closed or closing."""

    code: ClassVar[str] = "store_closed"
    message: ClassVar[str] = N_("The server is stopping.")
    hint: ClassVar[str] = N_("Try again in a minute.")


class UnknownDatabase(StoreError):
    """The database's address is of no known kind."""

    code: ClassVar[str] = "database_url_unknown"
    status: ClassVar[int] = 500
    message: ClassVar[str] = N_("{url} is not the address of a database.")
    hint: ClassVar[str] = N_("Write sqlite:///path/to/file or postgresql://user@host/name.")


class DatabaseTooNew(StoreError):
    """The database was made by a later version of Valise."""

    code: ClassVar[str] = "database_too_new"
    status: ClassVar[int] = 500
    message: ClassVar[str] = N_("The database is at migration {found}, this version of Valise knows {known}.")
    hint: ClassVar[str] = N_("Install the version of Valise that wrote this database, or a later one.")


class DatabaseTooOld(StoreError):
    """Migrations wait to be carried out."""

    code: ClassVar[str] = "database_too_old"
    status: ClassVar[int] = 500
    message: ClassVar[str] = N_("The database is at migration {found}, this version of Valise needs {known}.")
    hint: ClassVar[str] = N_("Make a backup, then run: valise db migrate")


class MigrationChanged(StoreError):
    """A migration that was carried out is not the one in the code any more."""

    code: ClassVar[str] = "migration_changed"
    status: ClassVar[int] = 500
    message: ClassVar[str] = N_("Migration {number} is not the one that this database was made with.")
    hint: ClassVar[str] = N_("Install an unmodified version of Valise.")
