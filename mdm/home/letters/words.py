"""What letters to families say: plain and short, about tablets by their number, and without any child's name; pure.

Source of the one-click stop that each letter offers: RFC 8058.
"""

from datetime import date

import msgspec
from babel.dates import format_date

from mdm.home.loans.loan import Loan
from mdm.home.loans.reminders import LoanLetter, Step
from mdm.i18n import N_, Translator

LETTERS_PAGE = "/home/letters"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a letter says in one language: its subject, its paragraphs, and the pages that it leads to."""

    subject: str
    lines: tuple[str, ...]
    pages: tuple[str, ...] = ("/home",)


def letter_text(told: Told, translate: Translator, *, site: str, organization: str) -> str:
    """Return a letter's text: greeting, what is told, where to look, and how to stop such letters."""
    lines = [
        translate(N_("Good day,")),
        *told.lines,
        translate(N_("See it on your page:")),
        *(f"{site}{one}" for one in told.pages),
        organization,
        translate(N_("You get this because you gave your address. Choose what you are told, or stop these letters:")),
        f"{site}{LETTERS_PAGE}",
        translate(N_("This letter was written by a machine; answers to it are not read.")),
    ]
    return "\n\n".join(one for one in lines if one) + "\n"


def code_letter(code: str, translate: Translator, *, site: str, organization: str) -> Told:
    """Say the code that confirms an address; whoever did not ask for it does nothing."""
    lines = (
        translate(N_("Good day,")),
        translate(N_("Somebody wants letters about a school tablet to be sent to this address. If it was you, type")),
        code,
        translate(N_("on your page, within a day:")),
        f"{site}{LETTERS_PAGE}#{code}",
        translate(N_("If it was not you, do nothing: no more letters come, and the address is forgotten.")),
        organization,
        translate(N_("This letter was written by a machine; answers to it are not read.")),
    )
    subject = translate(N_("{code} is the code for letters about your child's tablet"), code=code)
    return Told(subject=subject, lines=lines)


def reminder(letter: LoanLetter, number: int, translate: Translator) -> Told:
    """Say that a tablet is due, or late."""
    day = day_in_words(letter.due_on, translate)
    page = (f"/home/loans/{letter.loan_id}",)
    if letter.step is Step.SOON:
        return Told(
            subject=translate(N_("Tablet no. {number} comes back on {day}"), number=number, day=day),
            lines=(
                translate(
                    N_("Tablet no. {number} is to be back at school on {day}, with all that came with it."),
                    number=number,
                    day=day,
                ),
                translate(N_("If that day is not possible, ask the school for another one.")),
            ),
            pages=page,
        )
    last = {
        Step.OVERDUE: (),
        Step.AGAIN: (translate(N_("This is the second letter about it.")),),
        Step.LAST: (translate(N_("This is the last letter about it: the school will telephone you.")),),
    }
    return Told(
        subject=translate(N_("Tablet no. {number} should be back at school"), number=number),
        lines=(
            translate(N_("Tablet no. {number} was to be back at school on {day}."), number=number, day=day),
            translate(N_("Please bring it back, or talk to the school. If it is lost, say so on your page.")),
            *last[letter.step],
        ),
        pages=page,
    )


_LOAN: dict[str, tuple[str, str, str]] = {
    "loan_prepared": (
        N_("Tablet no. {number} is set aside for your child"),
        N_("The school has set tablet no. {number} aside for your child, until {day}."),
        N_("Your page shows what is still to be done before it is handed over, such as the training or the agreement."),
    ),
    "loan_accepted": (
        N_("The agreement for tablet no. {number} is complete"),
        N_("All the yeses that are needed for the loan of tablet no. {number} are there."),
        N_("The school hands it over as soon as the training is done, where the charter asks for it."),
    ),
    "loan_handed_over": (
        N_("Tablet no. {number} is with your family now"),
        N_("The school has handed tablet no. {number} over to your family. It is to be back on {day}."),
        N_("Your page shows what it may do at home, and lets you be stricter."),
    ),
    "loan_returned": (
        N_("Tablet no. {number} is back at school"),
        N_("The school has taken tablet no. {number} back: the loan is over. Thank you."),
        N_("Your own rules for it are erased."),
    ),
    "loan_extended": (
        N_("Tablet no. {number} has another day of return"),
        N_("Tablet no. {number} is now to be back at school on {day}."),
        "",
    ),
    "loan_ended": (
        N_("The loan of tablet no. {number} is ended"),
        N_("The school has ended the loan of tablet no. {number}."),
        "",
    ),
}
LOAN_KINDS = tuple(_LOAN)
"""What a loan's steps are called in the journal, as far as families are told of them."""


def loan_step(kind: str, loan: Loan, translate: Translator) -> Told:
    """Say what the school did with a loan."""
    subject, what, then = _LOAN[kind]
    day = day_in_words(loan.due_on, translate)
    said = (translate(subject, number=loan.slot_number), translate(what, number=loan.slot_number, day=day))
    return Told(
        subject=said[0],
        lines=(said[1], *((translate(then),) if then else ())),
        pages=(f"/home/loans/{loan.loan_id}",),
    )


_LOST: dict[str, tuple[str, str, str]] = {
    "loan_lost": (
        N_("Tablet no. {number} is declared lost"),
        N_("Tablet no. {number} was declared lost. The school and the technicians know it."),
        N_("If it is found, tell the school."),
    ),
    "loan_found": (
        N_("Tablet no. {number} is found"),
        N_("Tablet no. {number} is not lost any more: the loan goes on."),
        "",
    ),
    "lost_search_opened": (
        N_("The search for tablet no. {number} has begun"),
        N_("Tablet no. {number} is looked for: as long as the search lasts, it may tell where it is."),
        N_("Your page shows who began the search, and everything that the tablet tells."),
    ),
    "lost_search_ended": (
        N_("The search for tablet no. {number} is over"),
        N_("Tablet no. {number} is not looked for any more. What it told of its position is erased."),
        "",
    ),
    "lost_position_known": (
        N_("Tablet no. {number} has told where it is"),
        N_("Tablet no. {number}, which is looked for, has told its position. This letter does not say it."),
        N_("Your page shows it, and who saw it. Do not fetch a stolen tablet yourself: call the police."),
    ),
}
LOST_KINDS = tuple(_LOST)
"""What may be told of a lost tablet, as the journal or the search of lost tablets calls it."""


def lost_step(kind: str, loan: Loan, translate: Translator) -> Told:
    """Say what became of a lost tablet, and never where it is."""
    subject, what, then = _LOST[kind]
    return Told(
        subject=translate(subject, number=loan.slot_number),
        lines=(translate(what, number=loan.slot_number), *((translate(then),) if then else ())),
    )


def stricter(loan: Loan, translate: Translator) -> Told:
    """Say that another guardian took something away; not what, nor who."""
    return Told(
        subject=translate(N_("Stricter rules for tablet no. {number}"), number=loan.slot_number),
        lines=(
            translate(
                N_("Another guardian has made the rules of tablet no. {number} at home stricter. They hold now."),
                number=loan.slot_number,
            ),
            translate(N_("Where two guardians say different things, the stricter holds.")),
        ),
        pages=(f"/home/rules/{loan.pupil_id}",),
    )


def rules_changed(loan: Loan, translate: Translator) -> Told:
    """Say that the charter lets a tablet do something else at home."""
    return Told(
        subject=translate(N_("New rules for tablet no. {number}"), number=loan.slot_number),
        lines=(
            translate(
                N_("The charter has changed what tablet no. {number} may do: hours at home, apps or limits."),
                number=loan.slot_number,
            ),
            translate(N_("What you took away yourself still holds.")),
        ),
        pages=(f"/home/rules/{loan.pupil_id}", "/charter"),
    )


def evaluation_decided(children: tuple[str, ...], first_day: date, translate: Translator) -> Told:
    """Say that an evaluation was decided that concerns some children, and how to object."""
    day = day_in_words(first_day, translate)
    return Told(
        subject=translate(N_("An evaluation by researchers concerns your child")),
        lines=(
            translate(
                N_("The committee has decided on an evaluation of tablets, from {day} on, that concerns your child."),
                day=day,
            ),
            translate(N_("The page says what is gathered, why, and until when.")),
            translate(N_("To object, choose there that your child does not take part: it holds at once.")),
        ),
        pages=tuple(f"/home/data/{one}#evaluations" for one in children),
    )


def export_released(children: tuple[str, ...], translate: Translator) -> Told:
    """Say that researchers may fetch a file with figures of some children."""
    return Told(
        subject=translate(N_("A file for researchers holds figures of your child")),
        lines=(
            translate(
                N_("Researchers of an evaluation may now fetch a file with figures of your child, without its name.")
            ),
            translate(N_("The page shows what is in it, and until when it is kept. You may still object there.")),
        ),
        pages=tuple(f"/home/data/{one}#evaluations" for one in children),
    )


def request_answered(page: str, translate: Translator) -> Told:
    """Say that a request about stored data was answered; not how."""
    return Told(
        subject=translate(N_("Your request about stored data is answered")),
        lines=(translate(N_("The data protection officer has answered what you asked. The page shows the answer.")),),
        pages=(page,),
    )


def day_in_words(day: date, translate: Translator) -> str:
    """Return a day in full."""
    text = str(format_date(day, translate(N_("MMMM d, y")), locale=translate.lang))
    return f"1er {text[2:]}" if translate.lang == "fr" and day.day == 1 else text
