"""French and English: gettext catalogues of every room, read from their ``locale`` folders."""

import gettext
from collections.abc import Iterable
from functools import cached_property
from importlib import resources
from io import BytesIO
from pathlib import Path

from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("fr", "en")
DEFAULT_LANGUAGE = "fr"

_ROOMS = ("mdm", "enrollment", "profiles", "push", "webui")


def packages_with_words() -> tuple[str, ...]:
    """Return every package of the project that has a ``locale`` folder."""
    found: list[str] = []
    for root in _ROOMS:
        top = Path(str(resources.files(root)))
        folders = sorted(
            path.parent.parent for path in top.rglob("locale/fr.po") if (path.parent.parent / "__init__.py").is_file()
        )
        found += [".".join((root, *folder.relative_to(top).parts)) for folder in folders]
    return tuple(found)


def N_(message: str) -> str:
    """Mark ``message`` for translation and return it unchanged."""
    return message


class Translator:
    """Turns English message texts into one language."""

    def __init__(self, lang: str, catalogs: Iterable[gettext.NullTranslations]) -> None:
        self.lang = lang
        self._root = gettext.NullTranslations()
        for catalog in catalogs:
            catalog.add_fallback(self._root)
            self._root = catalog

    def __call__(self, message: str, /, **params: str | int) -> str:
        """Return ``message`` in this language with its ``{named}`` parameters filled in."""
        text = self._root.gettext(message)
        return text.format(**params) if params else text

    def plural(self, one: str, many: str, n: int, /, **params: str | int) -> str:
        """Return the form for ``n``, with ``n`` and the other parameters filled in."""
        return self._root.ngettext(one, many, n).format(n=n, **params)


class Catalogs:
    """The translations of the named packages (each may have ``locale/<language>.po``)."""

    def __init__(self, *packages: str) -> None:
        self._packages = packages

    def for_language(self, language: str) -> Translator:
        """Return the translator to ``language``; an unknown language gives the default one."""
        return self._translators.get(language, self._translators[DEFAULT_LANGUAGE])

    def negotiate(self, accept_language: str | None) -> Translator:
        """Return the best translator for an ``Accept-Language`` header (RFC 9110 section 12.5.4)."""
        wanted = _preferences(accept_language or "")
        found = negotiate_locale(wanted, LANGUAGES, sep="-")
        return self.for_language(found.split("-")[0] if found else DEFAULT_LANGUAGE)

    @cached_property
    def _translators(self) -> dict[str, Translator]:
        return {language: Translator(language, self._load(language)) for language in LANGUAGES}

    def _load(self, language: str) -> list[gettext.NullTranslations]:
        found: list[gettext.NullTranslations] = []
        for package in self._packages:
            source = resources.files(package).joinpath("locale", f"{language}.po")
            if not source.is_file():
                continue
            compiled = BytesIO()
            write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=language))
            compiled.seek(0)
            found.append(gettext.GNUTranslations(compiled))
        return found


def _preferences(header: str) -> list[str]:
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate(header[:1000].split(",")):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        if tag and weight > 0:
            ranked.append((-weight, position, tag))
    return [tag for _, _, tag in sorted(ranked)]
