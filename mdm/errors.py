"""The root of every error that a person or a tablet may be told about."""

from collections.abc import Callable
from typing import ClassVar

from mdm.i18n import N_, Translator

Param = str | int


class Words(str):
    """A parameter that is itself a gettext text, such as a reason: it is translated with the message around it."""

    __slots__ = ()


class ValiseError(Exception):
    """Something that was asked for and is refused, with the words for it.

    A subclass sets ``code`` (stable, snake_case), ``status`` (the HTTP status it maps to), ``message`` and ``hint``
    (English gettext texts with ``{named}`` parameters; the hint says what to do).
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    message: ClassVar[str] = N_("The request could not be carried out.")
    hint: ClassVar[str] = ""

    def __init__(self, **params: Param) -> None:
        self.params = params
        super().__init__(self.message.format(**params))

    def text(self, translate: "Translator | Callable[..., str]") -> str:
        """Return what happened, in the translator's language."""
        return translate(self.message, **self._spoken(translate))

    def advice(self, translate: "Translator | Callable[..., str]") -> str:
        """Return what to do about it, in the translator's language; empty when there is nothing to add."""
        return translate(self.hint, **self._spoken(translate)) if self.hint else ""

    def _spoken(self, translate: "Translator | Callable[..., str]") -> dict[str, Param]:
        return {name: translate(value) if isinstance(value, Words) else value for name, value in self.params.items()}
