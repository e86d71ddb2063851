"""A device's error chain in a technician's words.

Source of the codes: Apple, "Mobile Device Management Protocol Reference", Error Codes, and "Interpreting error codes".
Apple may change them, so that a code that is not known here is told in the device's own words.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from mdm.i18n import N_

Translate = Callable[..., str]


class DeviceError(msgspec.Struct, frozen=True, kw_only=True):
    """One link of an error chain, the outermost first. ``description`` is in the device's language."""

    domain: str
    code: int
    description: str = ""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong, what to do about it (may be empty), and domain and code for a search (may be empty)."""

    what: str
    advice: str
    technical: str


def read_chain(error_chain: str | None) -> tuple[DeviceError, ...]:
    """Return the links of an error chain that was stored as JSON; what cannot be read is left out."""
    try:
        links = msgspec.json.decode(error_chain or "[]", type=list[dict[str, Any]])
    except msgspec.DecodeError:
        return ()
    return tuple(
        DeviceError(
            domain=str(link.get("ErrorDomain", "")),
            code=code,
            description=str(link.get("LocalizedDescription") or link.get("USEnglishDescription") or ""),
        )
        for link in links
        if isinstance(code := link.get("ErrorCode", 0), int)
    )


def explain(error_chain: str | None, translate: Translate) -> Explanation:
    """Return an error chain (JSON, as `mdm.apple.messages.DeviceReport` has it) in the translator's language.

    The cause is what is nearest to the chain's end and known here; what only says that something failed counts last.
    """
    chain = read_chain(error_chain)
    known = [(link, words) for link in reversed(chain) if (words := _words_of(link)) is not None]
    telling = [found for found in known if found[0].code not in _GENERAL] or known
    if telling:
        link, (what, advice) = telling[0]
        return Explanation(what=translate(what), advice=translate(advice) if advice else "", technical=_technical(link))
    for link in chain:
        if link.description:
            return Explanation(what=link.description, advice="", technical=_technical(link))
    return Explanation(what=translate(_UNTOLD), advice="", technical=_technical(chain[0]) if chain else "")


def _technical(link: DeviceError) -> str:
    return f"{link.domain} {link.code}".strip()


def _words_of(link: DeviceError) -> tuple[str, str] | None:
    if link.domain == "NSURLErrorDomain":
        return _NETWORK.get(link.code)
    if link.domain == "NSPOSIXErrorDomain":
        return _SYSTEM.get(link.code)
    # The domains of the configuration framework (MCMDMErrorDomain, newer: MDMErrorDomain) share no codes.
    return _CODES.get(link.code) if link.domain.startswith(("MC", "MDM")) else None


_UNTOLD = N_("The tablet refused and did not say why.")
_GENERAL = frozenset({1009, 2005, 4001, 4016, 12010})

_BAD_CONTENT = N_("Report this: the server sent a content that this tablet does not accept.")
_TRY_AGAIN = N_("Try again; if it happens again, restart the tablet.")
_ENROL_AGAIN = N_("Erase the tablet and enrol it again with its slot's QR code.")
_CHARGE = N_("Plug the tablet in and try again.")
_MAKE_ROOM = N_("Free some storage on the tablet, then try again.")
_LICENCES = N_("Check the app's licences in Apple School Manager.")
_WIFI = N_("Check the tablet's Wi-Fi connection, then try again.")
_UNLOCK = N_("Unlock the tablet and try again.")


def _same(words: str, advice: str, *codes: int) -> dict[int, tuple[str, str]]:
    return dict.fromkeys(codes, (words, advice))


_CODES: dict[int, tuple[str, str]] = {
    # Profiles and their payloads
    **_same(N_("The profile is malformed."), _BAD_CONTENT, 1000, 1005, 2000, 4000, 4007, 4011, 25000),
    **_same(N_("The profile is of a version that the tablet does not know."), _BAD_CONTENT, 1001, 2001),
    **_same(N_("The profile lacks a field, or has a wrong value."), _BAD_CONTENT, 1002, 1003, 1010, 2002, 2003, 2004),
    **_same(N_("The profile's signature is not valid."), N_("Check the server's signing certificate."), 1004, 10001),
    **_same(N_("The tablet cannot decrypt the profile."), _BAD_CONTENT, 1006),
    **_same(N_("Two parts of the profile have the same identifier."), _BAD_CONTENT, 1007, 1008, 4002),
    **_same(N_("The profile could not be installed."), _TRY_AGAIN, 1009, 4001, 4013),
    **_same(N_("The tablet had an internal error."), _TRY_AGAIN, 2005, 4016, 12010, 36001, 37000, 37001),
    **_same(N_("Somebody refused the installation on the tablet."), N_("Accept it on the tablet."), 4004, 12063),
    **_same(
        N_("The tablet's passcode does not follow the rules."), N_("Set a new passcode on the tablet."), 4005, 4027
    ),
    **_same(N_("The profile was to be removed at a date that has passed."), _BAD_CONTENT, 4006, 4026),
    **_same(
        N_("The profile is not signed by the same certificate as the one it replaces."),
        N_("Check the server's signing certificate."),
        4008,
    ),
    **_same(N_("The tablet is locked."), _UNLOCK, 4009, 5010, 14001),
    **_same(N_("The profile cannot replace the one that is there."), _ENROL_AGAIN, 4010, 4012, 4015, 12009, 12012),
    **_same(N_("The tablet has no identity certificate."), _ENROL_AGAIN, 4014, 12005, 12016),
    **_same(
        N_("The tablet takes only one payload of this kind, and already has one."),
        N_("Remove the other profile that holds it."),
        4017,
        4018,
        4019,
        4028,
        4029,
        43000,
    ),
    **_same(N_("The tablet does not accept this payload."), _BAD_CONTENT, 4022, 4023, 4030, 4031),
    **_same(N_("The profile is not on the tablet."), "", 4024, 12013, 12014, 12075),
    **_same(
        N_("The tablet is not supervised as it must be."),
        N_("Prepare the tablet with Apple Configurator or Apple School Manager, then enrol it again."),
        4025,
        29000,
    ),
    # Passcode
    **_same(
        N_("The passcode does not follow the rules."),
        N_("Set a new passcode on the tablet."),
        *range(5000, 5009),
    ),
    **_same(N_("The passcode is wrong."), "", 5011),
    **_same(N_("The passcode could not be removed."), _ENROL_AGAIN, 5013, 12018, 12019),
    # Parts of profiles
    **_same(N_("The web clip could not be installed."), _TRY_AGAIN, 8000),
    **_same(N_("A certificate of the profile is not valid."), _BAD_CONTENT, *range(9000, 9007)),
    **_same(
        N_("The Wi-Fi network could not be set up."),
        N_("Check the network's name and password in the edition."),
        *range(13000, 13006),
    ),
    **_same(
        N_("The identity certificate could not be obtained."),
        N_("Check the server's clock and address, then enrol the tablet again."),
        *range(22000, 22014),
    ),
    **_same(
        N_("The tablet does not trust the server, or could not reach it."),
        N_("Check the server's certificate and address."),
        23000,
        23001,
        23002,
    ),
    # Management
    **_same(N_("The tablet is already managed by a server."), N_("Remove its management profile first."), 12001),
    **_same(
        N_("The tablet could not check in."), N_("Check that it reaches the server's address."), 12002, 12006, 12030
    ),
    **_same(
        N_("The push certificate does not fit."),
        N_("Import the push certificate that the tablets were enrolled with."),
        12004,
        12022,
    ),
    **_same(
        N_("The tablet does not allow this server to do that."), _ENROL_AGAIN, 12000, 12003, 12007, 12011, 12020, 12079
    ),
    **_same(N_("The tablet did not understand the command."), _BAD_CONTENT, 12008, 12034),
    **_same(N_("The tablet could not get a push address."), _WIFI, 12015),
    **_same(N_("The tablet does not know this command."), N_("Its system may be too old: update the tablet."), 12021),
    **_same(N_("The tablet does not obey this command while it is in lost mode."), N_("End lost mode first."), 12078),
    # Apps
    **_same(N_("The App Store does not know this app."), N_("Check the app's number in the edition."), 12023, 12027),
    **_same(N_("The app's manifest could not be read."), N_("Check the manifest's address."), 12024, 12032, 12033),
    **_same(N_("The app is already installed."), "", 12025),
    **_same(N_("There is no licence of this app for the tablet."), _LICENCES, 12026, 12035, 12047, 12064),
    **_same(N_("The app is not managed."), "", 12029, 12038),
    **_same(N_("Installing apps is not allowed on this tablet."), N_("Check the restrictions in the edition."), 12031),
    **_same(N_("The app cannot be removed now."), _TRY_AGAIN, 12036, 12065),
    **_same(
        N_("Nobody is signed in to the App Store on this tablet."),
        N_("Assign the app to the tablet itself in Apple School Manager."),
        12040,
        30000,
    ),
    # Books
    **_same(
        N_("The book could not be fetched."),
        N_("Check the book's address, and that the school's network lets it in."),
        12043,
    ),
    **_same(N_("The tablet does not take this kind of book."), N_("Only PDF and ePub files are books."), 12044, 12045),
    **_same(N_("Apple's store does not know this book."), N_("Check the book's number in the edition."), 12046),
    # System updates
    **_same(N_("There is no update for this tablet."), "", 12048),
    **_same(N_("The passcode must be removed before the update."), N_("Remove the passcode first."), 12049),
    **_same(N_("The tablet could not look for updates."), _WIFI, 12050),
    **_same(N_("An update is on its way."), "", 12051, 12052, 12058),
    **_same(N_("The update needs a computer."), N_("Update the tablet with Apple Configurator."), 12053),
    **_same(N_("The tablet has not enough storage for the update."), _MAKE_ROOM, 12054, 12060),
    **_same(N_("The tablet's battery is too low for the update."), _CHARGE, 12055, 12061),
    **_same(N_("The network is not good enough for the update."), _WIFI, 12056),
    **_same(N_("The update failed."), _TRY_AGAIN, 12057, 12059, 12062, 12077),
    # Lost mode
    **_same(N_("Lost mode could not be enabled."), _TRY_AGAIN, 12066),
    **_same(N_("The tablet is not in lost mode."), N_("Enable lost mode first."), 12067),
    **_same(N_("The tablet could not find its position."), N_("Try again later."), 12068),
    **_same(N_("Lost mode could not be ended."), _TRY_AGAIN, 12069),
    **_same(N_("The tablet could not ring."), _TRY_AGAIN, 12080),
    # Settings
    **_same(N_("The tablet does not know this setting."), N_("Its system may be too old: update the tablet."), 28000),
    **_same(N_("The tablet could not use the wallpaper."), N_("Choose another picture in the edition."), 28001, 28002),
}

_NETWORK: dict[int, tuple[str, str]] = {
    **_same(N_("The tablet was not connected."), _WIFI, -1009, -1005),
    **_same(N_("The server took too long to answer."), _WIFI, -1001),
    **_same(
        N_("The tablet does not find the server."),
        N_("Check the server's address and the school's network."),
        -1003,
        -1004,
        -1006,
    ),
    **_same(
        N_("The tablet does not trust the server, or could not reach it."),
        N_("Check the server's certificate and address."),
        *range(-1206, -1199),
    ),
}

_SYSTEM: dict[int, tuple[str, str]] = {28: (N_("The tablet's storage is full."), _MAKE_ROOM)}
