"""How the pages of evaluations speak: days, persons and groups in words."""

from datetime import date

import msgspec
from babel.dates import format_date

from mdm.i18n import Translator


class Speech(msgspec.Struct, frozen=True, kw_only=True):
    """Speaks one language."""

    translate: Translator

    def day(self, day: date) -> str:
        """Return a day in full."""
        text = str(format_date(day, "long", locale=self.translate.lang))
        return f"1er {text[2:]}" if self.translate.lang == "fr" and day.day == 1 else text

    def person(self, actor: str) -> str:
        """Return who did something, by login."""
        return actor.removeprefix("account:")

    def capital(self, text: str) -> str:
        """Return a text as a sentence begins."""
        return text[:1].upper() + text[1:]
