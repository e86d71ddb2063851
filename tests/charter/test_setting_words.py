"""Every field of a policy is told to parents: nothing changes without words, and the words are theirs."""

import copy
import datetime
import re
import typing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from mdm.i18n import Catalogs
from profiles.android.names import USER_RESTRICTIONS
from profiles.charter import android_words, setting_words
from profiles.charter.policy_words import policy_differences, rules_of
from profiles.charter.sentence import Day, Hour, Money
from profiles.charter.word_kinds import FieldWords, Part, Parts
from profiles.policy import Part as PolicyPart
from profiles.policy import Policy, Restrictions

CATALOGS = Catalogs("profiles")
FRENCH, ENGLISH = CATALOGS.for_language("fr"), CATALOGS.for_language("en")
ROOT = Path(__file__).resolve().parents[2]
PNG = b"\x89PNG\r\n\x1a\n"


def authority(name: str) -> str:
    """A certificate in PEM."""
    key = ed25519.Ed25519PrivateKey.generate()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begin = datetime.datetime(2026, 9, 1, tzinfo=datetime.UTC)
    built = x509.CertificateBuilder(subject, subject, key.public_key(), 7, begin, begin.replace(year=2036))
    return built.sign(key, None).public_bytes(Encoding.PEM).decode()


WEB_FILTER = {"limit_adult_content": True, "allowed": ["https://ok.example"], "blocked": ["https://no.example"]}
FULL: dict[str, Any] = {
    "name": "Cycle 3",
    "apps": [
        {
            "name": "Lire",
            "bundle_id": "fr.lire",
            "package": "fr.lire.volee",
            "version": "2.1",
            "signer": "ab" * 32,
            "store_id": 7,
            "manifest_url": "https://apps.example/lire.plist",
            "install": "allowed",
            "removable": True,
            "configuration": {"niveau": "CM1", "son": False},
        }
    ],
    "restrictions": dict.fromkeys(Restrictions.__struct_fields__, True),
    "web_clips": [
        {
            "label": "Lumni",
            "url": "https://www.lumni.fr/",
            "removable": True,
            "full_screen": True,
            "icon": PNG,
        }
    ],
    "books": [
        {
            "name": "Le Petit Prince",
            "identifier": "petit-prince",
            "url": "https://livres.example/petit-prince.pdf",
            "kind": "pdf",
            "version": 2,
            "author": "Antoine de Saint-Exupéry",
            "store_id": 9,
        }
    ],
    "wifi": [
        {
            "ssid": "ecole",
            "security": "wpa3",
            "password_secret": "wifi",
            "hidden": True,
            "auto_join": False,
            "fixed_address": True,
        }
    ],
    "home_screen": {
        "dock": ["fr.lire"],
        "pages": [["fr.lire", "web:Lumni", {"folder": "Maths", "apps": ["fr.lire"]}]],
    },
    "passcode": {
        "required": True,
        "minimum_length": 4,
        "simple_allowed": False,
        "maximum_failed_attempts": 10,
        "maximum_inactivity_minutes": 5,
    },
    "os_updates": {"delay_days": 30, "version": "18.1", "deadline": "2026-12-24T18:00:00"},
    "web_filter": WEB_FILTER,
    "time_zone": "Europe/Paris",
    "wallpaper": PNG,
    "name_from_slot": False,
    "android": {
        "user_restrictions": ["no_sms"],
        "locked_packages": ["com.android.vending"],
        "single_app": "fr.lire.volee",
        "wifi_on": True,
        "bluetooth": True,
        "gps": True,
        "mobile_data": True,
        "usb_storage": True,
        "brightness": 128,
        "automatic_brightness": True,
        "screen_timeout_seconds": 300,
        "volume": 50,
        "lock_volume": True,
        "orientation": "landscape",
        "icon_size": 120,
        "background_color": "#1F4E5F",
        "text_color": "#FFFFFF",
        "show_status": True,
        "system_updates": "window",
        "system_updates_from": "22:00",
        "system_updates_to": "23:00",
        "app_updates_from": "18:00",
        "app_updates_to": "19:00",
        "app_updates_on_wifi_only": True,
        "files": [{"path": "cours/a.pdf", "content": b"one", "version": 2}],
        "certificates": [authority("Autorité du collège")],
    },
    "home": {
        "school_days_from": "17:00",
        "school_days_to": "19:00",
        "other_days_from": "10:00",
        "other_days_to": "18:00",
        "night_from": "20:00",
        "night_to": "07:00",
        "apps_taken_away": ["fr.lire"],
        "web_filter": WEB_FILTER,
        "loan_needs_training": False,
        "loan_needs_agreement": False,
        "loan_needs_insurance": True,
        "loan_text": "Prêt d'une tablette.",
    },
}
OTHER: dict[str, Any] = {
    "apps": ["fr.autre"],
    "bundle_id": "fr.lire.autre",
    "package": "fr.lire.autre",
    "signer": "cd" * 32,
    "manifest_url": "https://apps.example/autre.plist",
    "install": "required",
    "configuration": {"niveau": "CM2", "son": False},
    "url": "https://www.lumni.fr/primaire",
    "icon": PNG + b"other",
    "wallpaper": PNG + b"other",
    "kind": "epub",
    "content": b"two",
    "security": "wpa2",
    "deadline": "2026-12-31T18:00:00",
    "version": "18.2",
    "orientation": "portrait",
    "icon_size": 140,
    "background_color": "#000000",
    "text_color": "#000000",
    "system_updates": "postpone",
}


def policy(tree: dict[str, Any]) -> Policy:
    return msgspec.convert(tree, Policy)


def _structs(hint: Any) -> set[type[PolicyPart]]:
    """The parts of a policy that a type holds."""
    if isinstance(hint, type) and issubclass(hint, PolicyPart):
        return {hint}
    found: set[type[PolicyPart]] = set()
    for one in typing.get_args(hint):
        found |= _structs(one)
    return found


def test_every_field_of_a_policy_has_words() -> None:
    def walk(kind: type[PolicyPart], fields: dict[str, FieldWords], where: str) -> None:
        assert set(fields) == set(kind.__struct_fields__), where
        for name, hint in typing.get_type_hints(kind, include_extras=False).items():
            words = fields[name]
            if isinstance(words, Part | Parts):
                (inner,) = _structs(hint)
                walk(inner, words.fields, f"{where}.{name}")

    walk(Policy, setting_words.POLICY, "policy")


def test_every_restriction_of_android_has_words() -> None:
    assert set(android_words.USER_RESTRICTIONS) == USER_RESTRICTIONS
    assert len(set(android_words.USER_RESTRICTIONS.values())) == len(USER_RESTRICTIONS)


def _leaves(kind: type[PolicyPart], tree: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of every field in the full policy; fails for a field that it does not fill."""
    assert set(tree) == set(kind.__struct_fields__), f"{here} lacks {set(kind.__struct_fields__) - set(tree)}"
    found: list[tuple[Any, ...]] = []
    for name, hint in typing.get_type_hints(kind).items():
        value, inner = tree[name], _structs(hint)
        path = (*here, name)
        if name == "pages":
            found += [path, *_leaves(next(iter(inner)), value[0][2], (*path, 0, 2))]
        elif not inner:
            found.append(path)
        elif isinstance(value, list):
            found += _leaves(next(iter(inner)), value[0], (*path, 0))
        else:
            found += _leaves(next(iter(inner)), value, path)
    return found


LEAVES = _leaves(Policy, FULL)


def _other(name: str, value: Any) -> Any:
    if name in OTHER:
        return OTHER[name] if not isinstance(value, int) or isinstance(OTHER[name], int) else value + 1
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, list):
        return []
    return re.sub(r"^\d\d", "21", value) if re.match(r"\d\d:", value) else f"{value}x"


def altered(path: tuple[Any, ...]) -> dict[str, Any]:
    made = copy.deepcopy(FULL)
    here: Any = made
    for key in path[:-1]:
        here = here[key]
    here[path[-1]] = _other(str(path[-1]), here[path[-1]])
    return made


def plain(text: str) -> bool:
    """No identifier of ours, and nothing that was left unfilled."""
    shown = re.sub(r"https?://\S+|« [^»]* »|“[^”]*”", "", text)
    return not re.search(r"[a-z]_[a-z]|[{}]|None|True|False", shown)


@pytest.mark.parametrize("path", LEAVES, ids=lambda path: ".".join(map(str, path)))
def test_a_field_that_changes_is_told_in_both_languages(path: tuple[Any, ...]) -> None:
    before, after = policy(FULL), policy(altered(path))
    assert before != after
    for one, other in ((before, after), (after, before)):
        told = policy_differences(one, other)
        assert told, path
        for difference in told:
            french, english = difference.words.text(FRENCH), difference.words.text(ENGLISH)
            assert french != english
            assert plain(french), french
            assert plain(english), english
            assert french[0].isupper()
            assert french.endswith(".")


def test_a_field_that_is_filled_or_emptied_is_told() -> None:
    bare = Policy(name="Cycle 3")
    full = policy(FULL)
    comes, goes = policy_differences(bare, full), policy_differences(full, bare)
    assert {one.kind for one in comes} <= {"comes", "changes"}
    assert {one.kind for one in goes} <= {"goes", "changes"}
    fields = {".".join(str(key) for key in path if not isinstance(key, int)) for path in LEAVES}
    listed = ("apps", "web_clips", "books", "wifi", "android.files", "home_screen.pages")
    alone = {one for one in fields if not one.startswith(listed)} - {"name"}
    for told in (comes, goes):
        assert alone <= {one.subject for one in told}
        assert {"apps", "web_clips", "books", "wifi", "android.files", "home_screen.pages"} <= {
            one.subject for one in told
        }


def test_what_holds_is_told_once() -> None:
    told = [rule.words.text(FRENCH) for rule in rules_of(policy(FULL))]
    assert len(told) == len(set(told))
    assert "L'appareil photo peut être utilisé." in told
    assert "Après 10 codes faux, la tablette s'efface." in told
    assert "L'application Lire n'est pas là à la maison." in told
    assert "À la maison : Les pages pour adultes sont filtrées." in told
    assert all(plain(one) for one in told)


def test_books_are_told_under_a_heading_of_their_own() -> None:
    book = {key: value for key, value in FULL["books"][0].items() if key != "store_id"}
    (told,) = (one for one in rules_of(policy({"name": "A", "books": [book]})) if one.subject == "books")
    assert (told.topic, told.words.text(FRENCH)) == (
        "books",
        "Le livre « Le Petit Prince » est mis sur chaque tablette.",
    )
    assert "l'auteur est Antoine de Saint-Exupéry." in [one.text(FRENCH) for one in told.details]
    for page in ("webui/templates/charter.html", "profiles/charter/templates/charter.html"):
        assert '("books", t("Books"))' in (ROOT / page).read_text(encoding="utf-8")


def test_a_policy_that_says_nothing_forbids_nothing() -> None:
    told = [rule.words.text(FRENCH) for rule in rules_of(Policy(name="Rien"))]
    assert told == [
        "Ce qui est convenu s'appelle « Rien ».",
        "Les autres applications de la tablette peuvent aussi être ouvertes.",
    ]


def test_the_same_policy_differs_in_nothing() -> None:
    assert policy_differences(policy(FULL), policy(copy.deepcopy(FULL))) == ()


def test_the_camera_that_is_forbidden_can_no_longer_be_used() -> None:
    before = Policy(name="Cycle 3")
    after = policy({"name": "Cycle 3", "restrictions": {"camera": False}})
    (told,) = policy_differences(before, after)
    assert (told.subject, told.topic, told.kind) == ("restrictions.camera", "settings", "comes")
    assert told.words.text(ENGLISH) == "The camera can no longer be used."
    assert told.words.text(FRENCH) == "L'appareil photo ne peut plus être utilisé."


def test_the_first_of_a_month_is_written_as_french_writes_it() -> None:
    first = 1_788_249_600_000
    assert Day(first).text(FRENCH) == "1er septembre 2026"
    assert Day(first + 10 * 86_400_000).text(FRENCH) == "11 septembre 2026"
    assert Hour(first).text(FRENCH) == "1er septembre 2026 à 10:00"
    assert Day(first).text(ENGLISH) == "September 1, 2026"
    assert Money(123_456).text(FRENCH).replace("\u202f", " ").replace("\xa0", " ") == "1 234,56 €"
