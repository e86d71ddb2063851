"""Why a rollout waits, paused or ended: an English gettext text with its parameters, kept as JSON."""

import msgspec

from mdm.errors import ValiseError, Words
from mdm.i18n import Translator

Param = str | int


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """A reason by its stable ``code`` and its text. ``spoken`` names the parameters that are themselves texts."""

    code: str
    text: str
    params: dict[str, Param] = {}
    spoken: tuple[str, ...] = ()

    def in_words(self, translate: Translator) -> str:
        """Return the reason for a person."""
        params = {
            name: translate(value) if name in self.spoken and isinstance(value, str) else value
            for name, value in self.params.items()
        }
        return translate(self.text, **params)


def reason_of(error: ValiseError) -> Reason:
    """Return the reason that a refusal gives, in its own words."""
    spoken = tuple(name for name, value in error.params.items() if isinstance(value, Words))
    params = {name: str(value) if isinstance(value, str) else value for name, value in error.params.items()}
    return Reason(code=error.code, text=error.message, params=params, spoken=spoken)
