"""Declarations: what a room stores of persons, column by column, and that its other columns say nothing of anybody.

A room's file ``personal_data.py`` has ``TABLES``. Texts in declarations are English gettext texts that this package's
catalogue translates; names of tables and columns are those of the schema.
"""

import re

import msgspec

from mdm.privacy.retention import Retention
from mdm.privacy.sayings import Saying, who
from mdm.privacy.vocabulary import SELF, Basis, Data, Persons

_NAME = re.compile("[a-z][a-z0-9_]*")


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """A processing activity, an entry of the register (article 30(1)); what it says holds for its fields by default.

    ``stops``: an objection that is accepted ends it for a child: whoever gathers asks `mdm.privacy.objection_store`.
    ``grounds``: why one that does not stop goes on, in words that follow “because”.
    """

    key: str
    name: str
    purpose: str
    basis: Basis
    persons: tuple[Persons, ...]
    seen_by: tuple[str, ...]
    source: str
    recipients: tuple[str, ...] = ()
    stops: bool = False
    grounds: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A way to another table: ``column`` of the table before holds ``key`` of ``table``.

    ``only``: an SQL condition on that table's rows.
    """

    column: str
    table: str
    key: str
    only: str = ""


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a row, or one of its fields, is about.

    ``column`` holds the person's ``id``, ``login``, or ``actor`` (``account:`` and the login); it is a column of the
    table, or of the last table on the way ``via``.
    """

    subject: str
    column: str
    holds: str = "id"
    via: tuple[Step, ...] = ()


class DeleteRow(msgspec.Struct, frozen=True):
    """The person's rows are deleted."""


class Clear(msgspec.Struct, frozen=True):
    """Another value takes the place of the person's."""

    to: str | int | None = None


class Pseudonym(msgspec.Struct, frozen=True):
    """A word that leads to nobody any more takes the place of the person's login, the same everywhere."""


class Search(msgspec.Struct, frozen=True):
    """Rows are deleted in whose column a word of the person is found, such as the login."""


class ByRoom(msgspec.Struct, frozen=True):
    """The room does it with a function of its own, since its rows are sealed; ``room`` is the function's name."""

    room: str


class Stay(msgspec.Struct, frozen=True):
    """It is not erased when the person asks, for a reason that article 17(3) knows; the text says which."""

    reason: str


Erasure = DeleteRow | Clear | Pseudonym | Search | ByRoom | Stay


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """The value is a ``key`` of another table, whose column ``name`` is shown in its place."""

    table: str
    key: str
    name: str


class OfRegister(msgspec.Struct, frozen=True):
    """The value is the key of a declared field or of an activity, and is shown by its name."""


class Personal(msgspec.Struct, frozen=True, kw_only=True):
    """A column that says something of a person. What is None or empty is as the table or its activity says.

    ``secret``: it is shown to nobody, not even to the person, such as a password's hash. ``retention``: a rule of its
    own; when its time is over ``cleared_to`` takes the value's place. ``file``: the column names a file in that place
    of the data folder, which goes with it. ``said``: how people are shown the value, where it is not a text, a number,
    a day or a moment; ``technical``: only programs and technicians read it, so that it is in the files to take along.
    """

    column: str
    what: str
    data: Data
    purpose: str = ""
    basis: Basis | None = None
    persons: tuple[Persons, ...] = ()
    seen_by: tuple[str, ...] = ()
    source: str = ""
    recipients: tuple[str, ...] | None = None
    of: Owner | None = None
    erasure: Erasure | None = None
    retention: Retention | None = None
    cleared_to: str | int | None = None
    secret: bool = False
    file: str = ""
    said: Saying | Named | OfRegister | None = None
    technical: bool = False


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table, with every one of its columns.

    ``owners``: whose rows these are; their erasure deletes them. ``plain``: the columns, between spaces, that say
    nothing of a person. ``small``: there are few rows, or one for each tablet, so that the purge reads them all instead
    of needing an index. ``by_erasure``: a row whose time is over is not deleted by itself; its owner is erased.
    """

    name: str
    about: str = ""
    activity: Activity | None = None
    owners: tuple[Owner, ...] = ()
    retention: Retention | None = None
    fields: tuple[Personal, ...] = ()
    plain: str = ""
    why_plain: str = ""
    small: bool = False
    by_erasure: bool = False

    @property
    def plain_columns(self) -> tuple[str, ...]:
        """The columns that say nothing of a person."""
        return tuple(self.plain.split())

    @property
    def columns(self) -> tuple[str, ...]:
        """All its columns, as declared."""
        return (*(one.column for one in self.fields), *self.plain_columns)

    def names(self) -> tuple[str, ...]:
        """Return every name that goes into SQL."""
        owners = (*self.owners, *(one.of for one in self.fields if one.of is not None))
        steps = [step for owner in owners for step in owner.via]
        said = [one.said for one in self.fields if isinstance(one.said, Named)]
        return (
            self.name,
            *self.columns,
            *(owner.column for owner in owners),
            *(name for step in steps for name in (step.column, step.table, step.key)),
            *(name for one in said for name in (one.table, one.key, one.name)),
        )


def nothing_personal(name: str, columns: str, *, why: str) -> Table:
    """Say that a table says nothing of a person; ``columns`` are all of its columns, between spaces."""
    return Table(name=name, plain=columns, why_plain=why)


def actor(column: str, what: str, *, persons: tuple[Persons, ...] = (), erasure: Erasure | None = None) -> Personal:
    """Declare a column that names who did something, such as ``account:anne``, ``cli:root`` or ``token:<id>``."""
    return _doer(column, what, "actor", persons, erasure)


def login(column: str, what: str, *, persons: tuple[Persons, ...] = (), erasure: Erasure | None = None) -> Personal:
    """Declare a column that names who did something by the login alone."""
    return _doer(column, what, "login", persons, erasure)


def _doer(column: str, what: str, holds: str, persons: tuple[Persons, ...], erasure: Erasure | None) -> Personal:
    return Personal(
        column=column,
        what=what,
        data=Data.ACTIVITY,
        purpose=ACCOUNTABLE,
        basis=Basis.PUBLIC_TASK,
        persons=persons or (Persons.TECHNICIANS, Persons.STAFF),
        of=Owner(subject="account", column=column, holds=holds),
        erasure=erasure or Pseudonym(),
        said=who,
    )


ACCOUNTABLE = "To know who decided or did something, so that it can be answered for."

MANAGED = Activity(
    key="tablets",
    name="Managing the classroom tablets",
    purpose="To equip the classroom tablets with what the committee agreed, to keep them working, and to help.",
    basis=Basis.PUBLIC_TASK,
    persons=(Persons.TECHNICIANS, Persons.STAFF),
    seen_by=(SELF, "technician", "administrator", "dpo"),
    source="The tool itself, when something is done in it.",
)
"""The activity of what technicians and teachers do with tablets."""


def is_name(text: str) -> bool:
    """Tell whether a text may be a table's or a column's name in SQL."""
    return _NAME.fullmatch(text) is not None
