"""The kinds of fields that a policy has, and the sentences that each can make. Pure."""

from collections.abc import Callable
from typing import Any

import msgspec

from mdm.i18n import N_
from profiles.charter.sentence import Param, Sentence

Names = dict[str, str]
"""Apps' names by their identifiers on each platform."""

Format = Callable[[Any, Names], Param]
"""Makes of a field's value what its sentence says."""

_UNTIL_NOW = N_("{rule} Until now: {before}.")


class FieldWords(msgspec.Struct, frozen=True, kw_only=True):
    """How a field is told. With ``always`` it is told even when it holds its default."""

    always: bool = False


class Switch(FieldWords, frozen=True, kw_only=True):
    """Something that is so or not. ``yes_now`` and ``no_now`` are told when that is new."""

    yes: str
    no: str
    yes_now: str = ""
    no_now: str = ""

    def holds(self, value: Any, names: Names) -> Sentence:  # noqa: ARG002
        """Return what holds with this value."""
        return Sentence(self.yes if value else self.no)

    def now(self, before: Any, value: Any, names: Names) -> Sentence:  # noqa: ARG002
        """Return what is new with this value; ``before`` is None when the field said nothing."""
        return Sentence((self.yes_now or self.yes) if value else (self.no_now or self.no))


class Choice(FieldWords, frozen=True, kw_only=True):
    """One of several possibilities, each with its sentence."""

    says: dict[str | int, str]

    def holds(self, value: Any, names: Names) -> Sentence:  # noqa: ARG002
        """Return what holds with this value."""
        return Sentence(self.says[value])

    def now(self, before: Any, value: Any, names: Names) -> Sentence:  # noqa: ARG002
        """Return what is new with this value."""
        return Sentence(self.says[value])


def as_it_is(value: Any, names: Names) -> Param:  # noqa: ARG001
    """Return a value as it is told when nothing else is said."""
    return value if isinstance(value, int) else str(value)


class Value(FieldWords, frozen=True, kw_only=True):
    """A number, a text, a time, in a sentence with ``{value}``; with ``compare`` a change also says what it was."""

    says: str
    format: Format = as_it_is
    compare: bool = True

    def holds(self, value: Any, names: Names) -> Sentence:
        """Return what holds with this value."""
        return Sentence(self.says, {"value": self.format(value, names)})

    def now(self, before: Any, value: Any, names: Names) -> Sentence:
        """Return what is new with this value, and what it was."""
        rule = self.holds(value, names)
        if before is None or not self.compare:
            return rule
        return Sentence(_UNTIL_NOW, {"rule": rule, "before": self.format(before, names)})


class Hidden(FieldWords, frozen=True, kw_only=True):
    """Something that words cannot show, such as a picture: there is one, or another one."""

    there: str
    other: str

    def holds(self, value: Any, names: Names) -> Sentence:  # noqa: ARG002
        """Return that there is one."""
        return Sentence(self.there)

    def now(self, before: Any, value: Any, names: Names) -> Sentence:  # noqa: ARG002
        """Return that there is one, or another one."""
        return Sentence(self.there if before is None else self.other)


Leaf = Switch | Choice | Value | Hidden


class Entries(FieldWords, frozen=True, kw_only=True):
    """A list of texts: each has a sentence of its own in ``each``, or that of ``one``, with ``{value}``."""

    one: str = ""
    each: dict[str, str] = {}
    format: Format = as_it_is

    def entry(self, value: Any, names: Names) -> Sentence:
        """Return what one entry says."""
        if value in self.each:
            return Sentence(self.each[value])
        return Sentence(self.one, {"value": self.format(value, names)})


class Part(FieldWords, frozen=True, kw_only=True):
    """Fields of their own. ``within`` is a sentence around each of theirs, with ``{rule}``."""

    fields: dict[str, FieldWords]
    within: str = ""


class Parts(FieldWords, frozen=True, kw_only=True):
    """A list of things with fields of their own.

    ``name`` says how one is called, ``same`` whether two are the same thing. ``comes`` gives the sentence for a thing
    that is there, ``goes`` for one that is gone, both with ``{entry}``; ``within``, with ``{entry}`` and ``{rule}``, is
    around each of its fields. ``said``: the fields that need no telling beside ``comes``.
    """

    fields: dict[str, FieldWords]
    name: Callable[[Any], str]
    same: Callable[[Any, Any], bool]
    comes: Callable[[Any], str]
    goes: str
    within: str
    said: frozenset[str]
