"""Errors and states in words, in both languages, whatever a device says."""

import string
from pathlib import Path

import msgspec
import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

import mdm.apple
from mdm.apple import error_words, state_words
from mdm.apple.error_words import Explanation, explain
from mdm.apple.state_words import app_state_in_words, book_state_in_words, reason_in_words, rejection_in_words
from mdm.i18n import Catalogs

CATALOGS = Catalogs("mdm.apple")
FRENCH, ENGLISH = CATALOGS.for_language("fr"), CATALOGS.for_language("en")


def chain(*links: tuple[str, int, str]) -> str:
    return msgspec.json.encode(
        [{"ErrorDomain": domain, "ErrorCode": code, "LocalizedDescription": words} for domain, code, words in links]
    ).decode()


def test_a_known_error_is_told_in_the_readers_language() -> None:
    error = chain(("MCMDMErrorDomain", 12078, "Type de requête incorrect"))
    assert explain(error, ENGLISH) == Explanation(
        what="The tablet does not obey this command while it is in lost mode.",
        advice="End lost mode first.",
        technical="MCMDMErrorDomain 12078",
    )
    assert explain(error, FRENCH).what == "La tablette n’obéit pas à cette commande tant qu’elle est en mode perdu."


def test_the_cause_counts_more_than_the_failure() -> None:
    wifi = chain(("MCInstallationErrorDomain", 4001, "failed"), ("MCWiFiErrorDomain", 13003, "no"))
    assert explain(wifi, ENGLISH).what == "The Wi-Fi network could not be set up."
    reverse = chain(("MCWiFiErrorDomain", 13003, "no"), ("MCInstallationErrorDomain", 4001, "failed"))
    assert explain(reverse, ENGLISH).what == "The Wi-Fi network could not be set up."
    assert (
        explain(chain(("MCInstallationErrorDomain", 4001, "x")), ENGLISH).what == "The profile could not be installed."
    )


def test_the_newer_name_of_a_domain_is_known() -> None:
    assert explain(chain(("MDMErrorDomain", 12064, "x")), ENGLISH).what.startswith("There is no licence")


def test_an_unknown_error_keeps_the_devices_words() -> None:
    found = explain(chain(("ASDErrorDomain", 850, "Das Manifest ist nicht extern")), FRENCH)
    assert found == Explanation(what="Das Manifest ist nicht extern", advice="", technical="ASDErrorDomain 850")


@pytest.mark.parametrize("nothing", [None, "", "[]", "not json", "{}", '[{"ErrorCode": "x"}]'])
def test_an_error_without_a_chain_is_told_too(nothing: str | None) -> None:
    assert explain(nothing, ENGLISH).what == "The tablet refused and did not say why."


links = st.fixed_dictionaries(
    {}, optional={"ErrorCode": st.integers() | st.text(), "ErrorDomain": st.text(), "LocalizedDescription": st.text()}
)


@given(st.lists(links, max_size=3))
def test_any_chain_has_words(found: list[dict[str, object]]) -> None:
    in_range = [
        link for link in found if not isinstance(link.get("ErrorCode"), int) or abs(int(str(link["ErrorCode"]))) < 2**53
    ]
    assert explain(msgspec.json.encode(in_range).decode(), FRENCH).what


def test_a_state_has_the_same_words_in_both_protocols() -> None:
    assert app_state_in_words("ManagedButUninstalled", ENGLISH) == "removed on the tablet by somebody"
    assert app_state_in_words("managed-but-uninstalled", ENGLISH) == "removed on the tablet by somebody"
    assert app_state_in_words("Managed", FRENCH) == "installée"
    assert app_state_in_words("Dancing", FRENCH) == "Dancing"
    assert rejection_in_words("AppStoreDisabled", ENGLISH) == "The App Store is switched off on this tablet."
    assert rejection_in_words("Dancing", ENGLISH) == "Dancing"
    assert reason_in_words("Error.ConfigurationNotSupported", "x", ENGLISH) == "This tablet does not support it."
    assert reason_in_words("Error.Dancing", "It dances", ENGLISH) == "It dances"
    assert reason_in_words("Error.Dancing", "", ENGLISH) == "Error.Dancing"


def test_every_state_and_rejection_of_apples_schema_has_words(apple_schema: object) -> None:
    schemas = apple_schema.schemas  # type: ignore[attr-defined]
    install = {key["key"]: key for key in schemas("command", "InstallApplication")[0].response_keys}
    managed = schemas("command", "ManagedApplicationList")[0].response_keys[0]["subkeys"][0]["subkeys"]
    listed = {key["key"]: key for key in schemas("status", "app.managed.list")[0].keys[0]["subkeys"][0]["subkeys"]}
    states = install["State"]["rangelist"] + managed[0]["rangelist"] + listed["state"]["rangelist"]
    for state in states:
        assert app_state_in_words(state, ENGLISH) != state
    for reason in install["RejectionReason"]["rangelist"]:
        assert rejection_in_words(reason, ENGLISH) != reason


def test_every_state_and_rejection_of_a_book_has_words(apple_schema: object) -> None:
    keys = {key["key"]: key for key in apple_schema.schemas("command", "InstallMedia")[0].response_keys}  # type: ignore[attr-defined]
    assert len(keys["State"]["rangelist"]) == 10
    for state in keys["State"]["rangelist"]:
        assert book_state_in_words(state, ENGLISH) != state
        assert book_state_in_words(state, FRENCH) != book_state_in_words(state, ENGLISH)
    for reason in keys["RejectionReason"]["rangelist"]:
        assert rejection_in_words(reason, ENGLISH) != reason
    assert book_state_in_words("Dancing", FRENCH) == "Dancing"
    assert explain(chain(("MCMDMErrorDomain", 12043, "x")), ENGLISH).what == "The book could not be fetched."


def all_messages() -> set[str]:
    """Every text of this room that a person may read."""
    found: set[str] = set()
    for path in Path(str(mdm.apple.__file__)).parent.rglob("*.py"):
        found |= marked(path.read_text("utf-8"))
    return found


def marked(source: str) -> set[str]:
    import ast

    return {
        node.args[0].value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "N_"
        and isinstance(node.args[0], ast.Constant)
    }


def test_every_text_of_the_room_is_translated_with_the_same_parameters() -> None:
    catalog_file = Path(str(mdm.apple.__file__)).parent / "locale" / "fr.po"
    catalog = read_po(catalog_file.open("rb"), locale="fr")
    translated = {str(entry.id): str(entry.string) for entry in catalog if entry.id}
    assert all_messages() == set(translated)
    for message, french in translated.items():
        assert french, message
        assert parameters(message) == parameters(french), message


def parameters(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_words_of_errors_are_sentences() -> None:
    tables = [error_words._CODES, error_words._NETWORK, error_words._SYSTEM]
    for what, advice in (pair for table in tables for pair in table.values()):
        assert what.endswith(".")
        assert not advice or advice.endswith(".")
    assert all(words.endswith(".") for words in (*state_words._REJECTIONS.values(), *state_words._REASONS.values()))
