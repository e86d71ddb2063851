"""What invitations say, by e-mail."""

from zoneinfo import ZoneInfo

from babel.dates import format_date

from mdm.clock import from_ms
from mdm.i18n import N_, Translator
from webui.doors.invitation_store import Invitation
from webui.doors.places import NamedPlace
from webui.doors.role_words import ROLE_NAMES

_ZONE = ZoneInfo("Europe/Paris")

_INVITED = N_("You are invited to Valise, which manages the tablets of {organization}.")
_AGAIN = N_("With this code you choose anew how you sign in to Valise, which manages the tablets of {organization}.")
_ONCE = N_(
    "It serves once, until {day}. If you expected no invitation, do nothing: this letter alone opens no account."
)


def invitation_letter(
    one: Invitation, code: str, address: str, place: NamedPlace, translate: Translator, *, organization: str
) -> tuple[str, str]:
    """Return subject and text."""
    until = day_in_words(one.expires_at, translate)
    if one.account_id is not None:
        subject = translate(N_("Your way back into Valise, {organization}"), organization=organization)
        lines = [translate(_AGAIN, organization=organization)]
    else:
        subject = translate(N_("Your invitation to Valise, {organization}"), organization=organization)
        role = translate(ROLE_NAMES[one.grant.role])
        lines = [
            translate(_INVITED, organization=organization),
            translate(N_("You come as: {role}. Where: {place}."), role=role, place=place.words(translate)),
        ]
    lines = [
        translate(N_("Good day,")),
        *lines,
        translate(N_("Open this address, on a phone or a computer:")),
        address,
        translate(N_("If a code is asked for, type this one:")),
        code,
        translate(_ONCE, day=until),
        translate(N_("This letter was written by a machine; answers to it are not read.")),
    ]
    return subject, "\n\n".join(lines) + "\n"


def day_in_words(at: int, translate: Translator) -> str:
    """Return the day of a moment in full."""
    moment = from_ms(at).astimezone(_ZONE)
    text = str(format_date(moment, translate(N_("MMMM d, y")), locale=translate.lang))
    return f"1er {text[2:]}" if translate.lang == "fr" and moment.day == 1 else text
