"""No page says anything untranslated: texts of templates, and of attributes that are read, go through gettext."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.wording.extraction import ROOT

TEMPLATES = sorted(
    path for room in ("webui", "enrollment", "profiles", "mdm") for path in (ROOT / room).rglob("templates/**/*.html")
)
READ_ATTRIBUTES = {"alt", "aria-label", "title", "placeholder", "summary", "content"}
SAME_IN_ALL_LANGUAGES = {
    "Valise", "defenseurdesdroits", "fr", "English", "Français", "iPad", "iPadOS", "Android", "PDF", "CSV", "JSON",
    "QR", "TOTP",
}  # fmt: skip
_LIVE = re.compile(r"\{% block live %\}.*?\{% endblock %\}", re.DOTALL)
_PRINTED = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TRANSLATED = re.compile(r"""\bt(?:\.plural)?\(\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(?:,\s*"(?:[^"\\]|\\.)*")?""")
_SENTENCE = re.compile(r"""["']([A-ZÀ-Ý][^"'<>{}]* [^"'<>{}]*)["']""")
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]{2,}")


class Texts(HTMLParser):
    """Gathers what a person reads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "input", "br", "img", "hr", "path", "rect", "circle"):
            self._inside.append(tag)
        known = dict(attrs)
        for name, value in attrs:
            is_read = name in READ_ATTRIBUTES and not (name == "content" and known.get("name") != "description")
            if is_read and value:
                self.found.append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not {"code", "style", "script", "kbd"} & set(self._inside):
            self.found.append(data)


def untranslated(source: str) -> list[str]:
    parser = Texts()
    source = _LIVE.sub(" ", source)
    parser.feed(_JINJA.sub(" ", source))
    printed = [_TRANSLATED.sub(" ", expression) for expression in _PRINTED.findall(source)]
    sentences = [sentence for expression in printed for sentence in _SENTENCE.findall(expression)]
    words = [word for text in [*parser.found, *sentences] for word in _WORD.findall(text)]
    return [word for word in words if word not in SAME_IN_ALL_LANGUAGES]


def test_the_check_finds_what_was_forgotten() -> None:
    assert untranslated('<p title="Bonjour">{{ t("Hello") }} monde {% if x %}encore{% endif %}</p>') == [
        "Bonjour",
        "monde",
        "encore",
    ]
    assert untranslated("""<p>{{ "It is open" if x else t("It is shut") }}</p>""") == ["It", "is", "open"]
    assert untranslated('<p aria-label="{{ t("Read") }}">{{ t("Hello") }} <code>rm -rf</code></p>') == []


def test_there_are_templates() -> None:
    assert len(TEMPLATES) > 10


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_of_a_template_is_left_untranslated(path: Path) -> None:
    assert untranslated(path.read_text(encoding="utf-8")) == []
