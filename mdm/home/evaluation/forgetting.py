"""Persons who are erased: what evaluations gathered of a child goes, and what a guardian refused stays refused."""

from mdm.home.evaluation import evaluation_store
from mdm.home.evaluation.guardians import Guardians
from mdm.privacy.subject import Person
from mdm.store import Connection


class EvaluationEraser:
    """Erases children's figures, which bear pseudonyms that only an evaluation's key makes, and files with them."""

    def __init__(self, guardians: Guardians) -> None:
        self._guardians = guardians

    def check(self, conn: Connection, person: Person, /) -> str:
        """Return nothing: no evaluation keeps anybody's data against an erasure."""
        del conn, person
        return ""

    def erase(self, conn: Connection, person: Person, pseudonym: str, /) -> int:
        """Erase a child's figures and withdraw files with them; of a guardian keep no more than that somebody refused.

        Return how many rows.
        """
        del pseudonym
        match person.subject.kind:
            case "pupil":
                return self._guardians.erase(conn, person.subject.key)
            case "guardian":
                return evaluation_store.forget_guardian(conn, person.subject.key)
            case _:
                return 0
