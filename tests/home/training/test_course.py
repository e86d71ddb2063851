"""The course as it is shipped: whole in every language, with its drawings; what is no module is refused."""

import re
import xml.etree.ElementTree as ET

import pytest

from mdm.home.training.course import in_language, parse_module, picture, shipped_course
from mdm.i18n import LANGUAGES

PICTURED = [page.picture for module in shipped_course().modules for page in module.pages]


def test_five_short_modules_end_with_two_or_three_questions() -> None:
    course = shipped_course()
    assert [one.key for one in course.modules] == ["tablet", "hours", "data", "safe", "care"]
    assert course.minutes <= 20
    for module in course.modules:
        assert len(module.pages) >= 2
        assert 2 <= len(module.questions) <= 3


def test_each_question_has_three_choices_with_a_reason_of_its_own() -> None:
    for module in shipped_course().modules:
        for question in module.questions:
            assert len(question.choices) == 3, (module.key, question.key)
            for language in LANGUAGES:
                assert len({in_language(one.text, language) for one in question.choices}) == 3
                assert len({in_language(one.why, language) for one in question.choices}) == 3


def test_no_paragraph_is_long_and_3018_is_told() -> None:
    for module in shipped_course().modules:
        for page in module.pages:
            for language in LANGUAGES:
                for paragraph in in_language(page.text, language).split("\n\n"):
                    assert len(paragraph.split()) <= 90, (module.key, language)
    safe = shipped_course().module("safe")
    assert safe is not None
    assert all("3018" in page for page in [in_language(safe.pages[1].text, one) for one in LANGUAGES])


@pytest.mark.parametrize("name", PICTURED)
def test_each_drawing_is_plain_svg_that_a_strict_page_may_hold(name: str) -> None:
    body = picture(name)
    tree = ET.fromstring(body)
    assert tree.tag.endswith("svg")
    assert tree.get("viewBox")
    names = {one.tag.rpartition("}")[2] for one in tree.iter()}
    assert names <= {"svg", "rect", "circle", "path", "ellipse", "text"}
    # One drawing serves every language: a number is all that may be written in it.
    assert all(not one.text or one.text.strip().isdigit() for one in tree.iter() if one.text and one.text.strip())
    assert not re.search(r"style=|href|script|on\w+=", body)


def test_there_is_no_other_drawing() -> None:
    with pytest.raises(KeyError):
        picture("../course")


MODULE = """
key = "one"
number = 1
minutes = 1
title.fr = "Un"
title.en = "One"
[[pages]]
picture = "tablet"
title.fr = "Un"
title.en = "One"
alt.fr = "Un"
alt.en = "One"
text.fr = "Un"
text.en = "One"
[[questions]]
key = "q"
text.fr = "Un ?"
text.en = "One?"
[[questions.choices]]
key = "a"
text.fr = "Oui"
text.en = "Yes"
why.fr = "Car"
why.en = "Since"
right = true
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("right = true", "right = false"),
        ('title.en = "One"\n[[pages]]', "[[pages]]"),
        ('why.en = "Since"', 'why.en = " "'),
        ("minutes = 1", "minutes = 1\nhours = 2"),
        ("key =", "key"),
        ("[[questions]]", "[[others]]"),
    ],
)
def test_a_module_that_is_not_whole_is_refused(before: str, after: str) -> None:
    assert parse_module(MODULE).key == "one"
    with pytest.raises(ValueError):
        parse_module(MODULE.replace(before, after))


def test_a_changed_word_changes_the_digest() -> None:
    assert parse_module(MODULE).digest != parse_module(MODULE.replace('"Since"', '"As"')).digest
