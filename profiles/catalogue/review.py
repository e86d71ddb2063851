"""What a dossier leaves open, and where it and the machine's findings disagree: for whoever examines it."""

from collections.abc import Iterator

import msgspec

from mdm.i18n import N_
from profiles.catalogue.dossier import DataSheet, Dossier
from profiles.catalogue.entry import Content
from profiles.catalogue.findings import ApkFindings
from profiles.catalogue.item import NEWEST, Item

_EUROPE = "AT BE BG CY CZ DE DK EE ES EU FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
"""Where the General Data Protection Regulation is law: the European Union, Iceland, Liechtenstein and Norway."""
_BILLING = "com.android.vending.BILLING"
_AD_PERMISSIONS = frozenset({"com.google.android.gms.permission.AD_ID", "android.permission.ACCESS_ADSERVICES_AD_ID"})


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look at: the field, and the words (a gettext text with ``{value}``).

    ``open``: nothing is answered there; ``contradiction``: the dossier says otherwise than the machine, or itself.
    """

    where: str
    kind: str
    words: str
    value: str = ""


def remarks_on(content: Content) -> tuple[Remark, ...]:
    """Return what is open and what contradicts, in the order of a dossier."""
    found = [*_open(content.item, content.dossier), *_within(content.dossier.data)]
    for findings in content.findings:
        found += _against(findings, content.item, content.dossier.data)
    return tuple(found)


def _open(item: Item, dossier: Dossier) -> Iterator[Remark]:
    data = dossier.data
    answers = (
        ("publisher", item.publisher or None, N_("Who publishes it?")),
        ("levels", item.levels or None, N_("For which cycles is it?")),
        ("subjects", item.subjects or None, N_("For which subjects is it?")),
        ("languages", item.languages or None, N_("In which languages is it?")),
        ("offline", item.offline, N_("Does it work without a network?")),
        ("purpose", dossier.purpose or None, N_("What is it for, with pupils?")),
        ("data.collected", data.collected, N_("Which personal data does it collect?")),
        ("data.hosting", data.hosting, N_("In which countries are the data kept?")),
        ("data.sub_processors", data.sub_processors, N_("Which other companies handle the data?")),
        ("data.transfers", data.transfers, N_("Do data leave the European Union?")),
        ("data.minimum_age", data.minimum_age, N_("From which age does the publisher allow it?")),
        ("data.advertising", data.advertising, N_("Does it show advertising?")),
        ("data.in_app_purchases", data.in_app_purchases, N_("Does it offer purchases?")),
        ("data.trackers", data.trackers, N_("Which trackers does the publisher name?")),
        ("accessibility", dossier.accessibility or None, N_("Can pupils with disabilities use it?")),
        ("evidence", dossier.evidence or None, N_("What shows that it helps pupils?")),
        ("cost_cents", dossier.cost_cents, N_("What does it cost for each pupil and year?")),
        ("tried_by", dossier.tried_by or None, N_("Which teachers tried it?")),
    )
    for where, answer, question in answers:
        if answer is None:
            yield Remark(where=where, kind="open", words=question)


def _within(data: DataSheet) -> Iterator[Remark]:
    outside = [country for country in data.hosting or () if country not in _EUROPE.split()]
    if outside and data.transfers == ():
        yield Remark(
            where="data.transfers",
            kind="contradiction",
            words=N_("Data are kept in {value}, and the dossier says that none leave the European Union."),
            value=", ".join(outside),
        )


def _against(findings: ApkFindings, item: Item, data: DataSheet) -> Iterator[Remark]:
    named = " ".join(data.trackers or ()).casefold()
    unnamed = [one.name for one in findings.trackers if data.trackers is not None and one.name.casefold() not in named]
    if unnamed:
        yield Remark(
            where="data.trackers",
            kind="contradiction",
            words=N_("The machine found trackers that the dossier does not name: {value}."),
            value=", ".join(unnamed),
        )
    sells = [one.name for one in findings.trackers if one.purpose == "advertising"]
    sells += sorted(_AD_PERMISSIONS.intersection(findings.permissions))
    if data.advertising is False and sells:
        yield Remark(
            where="data.advertising",
            kind="contradiction",
            words=N_("The dossier says that there is no advertising, and the machine found: {value}."),
            value=", ".join(sells),
        )
    if data.in_app_purchases is False and _BILLING in findings.permissions:
        yield Remark(
            where="data.in_app_purchases",
            kind="contradiction",
            words=N_("The dossier says that there are no purchases, and the app may offer some ({value})."),
            value=_BILLING,
        )
    if item.version not in (NEWEST, findings.version_name):
        yield Remark(
            where="version",
            kind="contradiction",
            words=N_("The machine looked at version {value}, which is not the one that is meant."),
            value=findings.version_name,
        )
    if findings.unread:
        yield Remark(
            where="findings",
            kind="open",
            words=N_("Parts of the file could not be read, and may hold trackers: {value}"),
            value=", ".join(findings.unread),
        )
