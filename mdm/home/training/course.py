"""The course: its modules as they are shipped, in every language, read once and checked; pure.

A module is a TOML file in ``modules/``: pages with a picture of ``pictures/``, then questions with choices of which
one is right, each with the reason why.
"""

import hashlib
import tomllib
from functools import lru_cache
from importlib import resources

import msgspec

from mdm.i18n import DEFAULT_LANGUAGE, LANGUAGES, Translator

Texts = dict[str, str]
"""A text in each language."""


class Page(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page: its title, a text in paragraphs between empty lines, and a drawing with its description."""

    title: Texts
    text: Texts
    picture: str
    alt: Texts


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer that may be chosen, and why it is right or wrong."""

    key: str
    text: Texts
    why: Texts
    right: bool = False


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question with its choices; one of them is right."""

    key: str
    text: Texts
    choices: tuple[Choice, ...]

    def choice(self, key: str) -> Choice | None:
        """Return a choice, or None."""
        return next((one for one in self.choices if one.key == key), None)


class Module(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the course; ``number`` orders them, ``minutes`` tells how long it takes."""

    key: str
    number: int
    minutes: int
    title: Texts
    pages: tuple[Page, ...]
    questions: tuple[Question, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of all its content, in hex: a completion says which one was passed."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """All modules in order."""

    modules: tuple[Module, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 over its modules' digests, in hex."""
        return hashlib.sha256(" ".join(one.digest for one in self.modules).encode()).hexdigest()

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return sum(one.minutes for one in self.modules)

    def module(self, key: str) -> Module | None:
        """Return a module, or None."""
        return next((one for one in self.modules if one.key == key), None)


def in_language(texts: Texts, language: str) -> str:
    """Return a text in a language; in the first one where that language has none."""
    return texts.get(language) or texts[DEFAULT_LANGUAGE]


def module_in_words(value: object, translate: Translator) -> str:
    """Say a part of the shipped course by its title; a part that is not in it any more by its key."""
    module = shipped_course().module(str(value))
    return str(value) if module is None else in_language(module.title, translate.lang)


def parse_module(body: str) -> Module:
    """Return the module in a TOML text; raise `ValueError` for what no module can be."""
    try:
        module = msgspec.convert(tomllib.loads(body), Module, strict=True)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(str(error)) from error
    for texts in _texts_of(module):
        if set(texts) != set(LANGUAGES) or not all(text.strip() for text in texts.values()):
            raise ValueError(f"{module.key}: a text is not in each of {', '.join(LANGUAGES)}")
    if not module.pages or not module.questions:
        raise ValueError(f"{module.key}: it has no page, or no question")
    for question in module.questions:
        keys = [choice.key for choice in question.choices]
        if sum(choice.right for choice in question.choices) != 1 or len(keys) != len(set(keys)):
            raise ValueError(f"{module.key}, {question.key}: one choice is right, and each has its own key")
    if len({question.key for question in module.questions}) != len(module.questions):
        raise ValueError(f"{module.key}: two questions have one key")
    return module


@lru_cache
def shipped_course() -> Course:
    """Return the course of this version."""
    folder = resources.files(__package__).joinpath("modules")
    found = [parse_module(one.read_text(encoding="utf-8")) for one in folder.iterdir() if one.name.endswith(".toml")]
    return Course(modules=tuple(sorted(found, key=lambda module: module.number)))


@lru_cache
def picture(name: str) -> str:
    """Return a drawing of the course as SVG; raise `KeyError` when there is none of that name."""
    if name not in {page.picture for module in shipped_course().modules for page in module.pages}:
        raise KeyError(name)
    return resources.files(__package__).joinpath("pictures", f"{name}.svg").read_text(encoding="utf-8")


def _texts_of(module: Module) -> list[Texts]:
    texts = [module.title]
    for page in module.pages:
        texts += [page.title, page.text, page.alt]
    for question in module.questions:
        texts.append(question.text)
        for choice in question.choices:
            texts += [choice.text, choice.why]
    return texts
