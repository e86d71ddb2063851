"""The terms of a loan: those of the edition that the kit follows, read from the record that the committee signed."""

from mdm.home.loans.terms import LoanTerms, usual_text
from mdm.vault import Vault
from profiles.loan_terms import AgreedLoanTerms, terms_of
from profiles.policy import Home, Policy, policy_of
from tests.charter.agreeing_in_store import Agreement
from tests.home.loans.conftest import Desk
from tests.home.pupils.families import KEY


async def test_the_text_and_what_is_asked_come_from_the_edition(desk: Desk) -> None:
    town = desk.town
    agreement = Agreement(town.database, town.clock, town.journal, Vault(KEY))
    source = AgreedLoanTerms(town.clock, agreement.charter.agreed)
    assert await town.database.read(lambda conn: source.of_kit(conn, desk.kit.kit_id)) == LoanTerms(text=usual_text())
    home = {"loan_text": "Notre texte.", "loan_needs_training": False, "loan_needs_insurance": True}
    await agreement.agree(policy_of({"name": "Essai", "home": home}))
    terms = await town.database.read(lambda conn: source.of_kit(conn, desk.kit.kit_id))
    assert terms == LoanTerms(text="Notre texte.", needs_training=False, needs_agreement=True, needs_insurance=True)


def test_what_an_edition_does_not_say_is_as_usual() -> None:
    assert terms_of(None) == terms_of(Home()) == LoanTerms(text=usual_text())


def test_another_text_or_another_need_is_another_yes() -> None:
    digests = {
        LoanTerms(text="Un").digest,
        LoanTerms(text="Deux").digest,
        LoanTerms(text="Un", needs_training=False).digest,
        LoanTerms(text="Un", needs_insurance=True).digest,
    }
    assert len(digests) == 4


def test_fields_that_are_not_said_leave_the_identity_of_older_policies_alone() -> None:
    policy = Policy(name="Essai", home=Home(night_from="20:00", night_to="07:00"))
    assert policy.canonical() == b'{"home":{"night_from":"20:00","night_to":"07:00"},"name":"Essai"}'
    assert policy.policy_id == "c872f6d0837f00a5b303f26992ca4917fda13f5a5bbe7d83b75be109475b3912"
