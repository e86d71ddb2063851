"""The names of apps and books that were agreed, by what tablets call them: bundle identifier, package, book."""

from collections.abc import Mapping

from mdm.store import Connection
from profiles.android.files import target_books as android_books
from profiles.charter.agreed import AgreedEditions
from profiles.charter.errors import CharterError
from profiles.charter.making import policies_of, policy_from
from profiles.charter.policy_words import app_names
from profiles.compiler import target_books as ipad_books
from profiles.policy import Policy


def agreed_names(conn: Connection, agreed: AgreedEditions, kit_id: str | None, now: int) -> Mapping[str, str]:
    """Return the names in the edition that a kit follows; none for a tablet in no kit or before a charter."""
    found = agreed.policy_of_kit(conn, kit_id, now) if kit_id is not None else None
    return _names(found.policy) if found is not None else {}


def names_in_edition(conn: Connection, agreed: AgreedEditions, edition_id: str, now: int) -> Mapping[str, str]:
    """Return the names in an edition, those of all its variants; none where it cannot be used."""
    try:
        state = agreed.record(conn, edition_id).state
    except CharterError:
        return {}
    return {key: name for tree in policies_of(state, now) for key, name in _names(policy_from(tree)).items()}


def _names(policy: Policy) -> dict[str, str]:
    books = {book.identifier: book.title for book in (*ipad_books(policy), *android_books(policy))}
    return {**app_names(policy), **books}
