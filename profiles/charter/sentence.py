"""Sentences about what is agreed, kept apart from any language: a gettext text and what goes into it."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency

from mdm.clock import from_ms
from mdm.errors import Words
from mdm.i18n import N_, Translator

ZONE = ZoneInfo("Europe/Paris")


class Day(msgspec.Struct, frozen=True):
    """A day that is told in full; ``moment`` in milliseconds since the epoch."""

    moment: int

    def text(self, translate: Translator) -> str:
        """Return such as ``1er septembre 2026``."""
        return _french_first(
            format_date(from_ms(self.moment).astimezone(ZONE), "long", locale=translate.lang), translate
        )


class Hour(msgspec.Struct, frozen=True):
    """A day and its hour; ``moment`` in milliseconds since the epoch."""

    moment: int

    def text(self, translate: Translator) -> str:
        """Return such as ``1er septembre 2026 à 10:00``."""
        pattern = translate(N_("MMMM d, y 'at' h:mm a"))
        return _french_first(
            format_datetime(from_ms(self.moment).astimezone(ZONE), pattern, locale=translate.lang), translate
        )


class Money(msgspec.Struct, frozen=True):
    """An amount in cents of a euro."""

    cents: int

    def text(self, translate: Translator) -> str:
        """Return such as ``12,50 €``."""
        return str(format_currency(Decimal(self.cents) / 100, "EUR", locale=translate.lang))


class Sentence(msgspec.Struct, frozen=True):
    """A gettext text with its parameters: values, other sentences, or lists of them, which are told one by one."""

    message: str
    params: dict[str, "Param"] = {}

    def text(self, translate: Translator) -> str:
        """Return it in the translator's language."""
        return translate(self.message, **{name: in_words(value, translate) for name, value in self.params.items()})


Param = str | int | Day | Hour | Money | Sentence | tuple["Param", ...]


def in_words(value: Param, translate: Translator) -> str:
    """Return a parameter as it is told."""
    if isinstance(value, tuple):
        return ", ".join(in_words(one, translate) for one in value)
    if isinstance(value, Words):
        return translate(value)
    if isinstance(value, str | int):
        return str(value)
    return value.text(translate)


def _french_first(text: str, translate: Translator) -> str:
    """French writes the first of a month as an ordinal."""
    return f"1er {text[2:]}" if translate.lang == "fr" and text.startswith("1 ") else text
