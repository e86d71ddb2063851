"""What tablets will not obey is told as the charter tells it: no page shows the name of a field."""

from importlib import resources

import pytest

from mdm.i18n import Catalogs
from profiles.android.compiler import AndroidCompiler
from profiles.android.stock import AndroidClass, Stock
from profiles.charter.gap_words import SUBJECTS, gap_in_words
from profiles.compiler import Compiler, device_class
from profiles.payloads.base import NotEnforced
from profiles.policy import Policy, load_policy

FRENCH = Catalogs("profiles").for_language("fr")
FULL = """
[[wifi]]
ssid = "x"
security = "none"
[passcode]
required = true
minimum_length = 12
maximum_failed_attempts = 5
maximum_inactivity_minutes = 2
[os_updates]
version = "18.1"
deadline = "2026-12-01T10:00:00"
delay_days = 60
[home]
school_days_from = "17:00"
school_days_to = "19:00"

[web_filter]
limit_adult_content = true
"""
EVERYTHING = load_policy(f'name = "a"\ntime_zone = "Europe/Paris"\n[restrictions]\ndictation = true\n{FULL}'.encode())
DEMO = load_policy(resources.files("profiles.demo").joinpath("policy.toml").read_bytes())


def on_androids(policy: Policy, version: int) -> tuple[NotEnforced, ...]:
    stock = Stock(apks=(), left_apps=(), left_locked=())
    compiler = AndroidCompiler(device_url="https://x.example")
    return compiler.gaps(policy, AndroidClass(abi="arm64-v8a", version=version), stock)


def on_ipads(policy: Policy, version: str, *, supervised: bool) -> tuple[NotEnforced, ...]:
    compiler = Compiler(organization="x", device_url="https://x.example", secret=lambda name: name)
    return compiler.gaps(policy, device_class(version, supervised=supervised))


@pytest.mark.parametrize("policy", [EVERYTHING, DEMO])
def test_no_gap_shows_the_name_of_a_field(policy: Policy) -> None:
    gaps = [
        *on_androids(policy, 8),
        *on_androids(policy, 14),
        *on_ipads(policy, "12.0", supervised=False),
        *on_ipads(policy, "18.0", supervised=True),
    ]
    assert len(gaps) > 10
    told = {gap.field.partition(" ")[0]: gap_in_words(gap, FRENCH) for gap in gaps}
    assert [field for field, words in told.items() if field in words] == []
    assert {gap.field for gap in gaps if "." not in gap.field and "[" not in gap.field} <= SUBJECTS


def test_a_restriction_is_told_as_it_was_agreed() -> None:
    forbidden = NotEnforced(field="restrictions.dictation", needs="x")
    allowed = NotEnforced(field="restrictions.dictation", needs="x", wished=True)
    assert gap_in_words(forbidden, FRENCH) == "Le texte ne peut pas être dicté. Il faudrait pour cela : x."
    assert gap_in_words(allowed, FRENCH) == "Du texte peut être dicté. Il faudrait pour cela : x."


def test_apps_and_books_have_their_names() -> None:
    assert gap_in_words(NotEnforced(field="apps[2] Kiwix", needs="x"), FRENCH).startswith("L'application « Kiwix ».")
    assert gap_in_words(NotEnforced(field="books[0] Conte", needs="x"), FRENCH).startswith("Le livre « Conte ».")
