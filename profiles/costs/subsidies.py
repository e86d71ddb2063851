"""Subsidies: a funder pays a rate of what qualifies, up to a ceiling; pure.

What a subsidy gives is computed year after year: what it gave for earlier years never changes because of later ones.
All the subsidies of a purchase together never give more than it costs.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import ClassVar

import msgspec

from mdm.fleet.names import clean_name
from mdm.i18n import N_, Translator
from profiles.costs.apportionment import apportion_within
from profiles.costs.errors import CostError, SubsidiesExceed, SubsidyEmpty, SubsidyPeriodBackwards
from profiles.costs.money import check_amount, check_rate, percent, without_vat
from profiles.costs.purchase import Charge, Purchase, charge_in
from profiles.costs.words import STATE_NAMES, SubsidyState, check_day, clean_text

MOVES: dict[SubsidyState, tuple[SubsidyState, ...]] = {
    SubsidyState.ASKED: (SubsidyState.GRANTED, SubsidyState.REFUSED),
    SubsidyState.GRANTED: (SubsidyState.PAID, SubsidyState.REFUSED),
    SubsidyState.PAID: (),
    SubsidyState.REFUSED: (),
}
"""Where each state leads."""
SURE = (SubsidyState.GRANTED, SubsidyState.PAID)
"""Only what was granted lowers what communes pay."""
_ORDER = (SubsidyState.PAID, SubsidyState.GRANTED, SubsidyState.ASKED)


class SubsidyMoveRefused(CostError):
    """A subsidy's state does not lead to the one that was asked for."""

    code: ClassVar[str] = "subsidy_move_refused"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("A subsidy that is “{state}” cannot become “{wanted}”.")
    hint: ClassVar[str] = N_("It is asked for, then granted or refused; one that was granted is paid, or refused.")

    def __init__(self, state: SubsidyState, wanted: SubsidyState) -> None:
        self.state = state
        self.wanted = wanted
        super().__init__(state=state, wanted=wanted)

    def text(self, translate: Translator | Callable[..., str]) -> str:
        """Return what was refused, with the states in words."""
        names = STATE_NAMES[self.state], STATE_NAMES[self.wanted]
        return translate(self.message, state=translate(names[0]), wanted=translate(names[1]))


class SubsidyDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a person enters of a subsidy: ``rate_per_mille`` of what qualifies, up to ``ceiling_cents``.

    ``purchases`` are those that qualify, by identifier, when their day is from ``starts_on`` to ``ends_on``.
    ``vat_qualifies`` is false when the funder counts amounts without VAT.
    """

    funder: str
    rate_per_mille: int
    purchases: tuple[str, ...]
    reference: str = ""
    ceiling_cents: int | None = None
    vat_qualifies: bool = True
    starts_on: date | None = None
    ends_on: date | None = None


class Subsidy(SubsidyDraft, frozen=True, kw_only=True):
    """A subsidy as it is kept; ``revision`` counts its changes from 1."""

    subsidy_id: str
    revision: int
    state: SubsidyState = SubsidyState.ASKED


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What one subsidy gives for one purchase in one year."""

    subsidy_id: str
    purchase_id: str
    year: int
    amount_cents: int
    sure: bool


def check_subsidy(draft: SubsidyDraft) -> SubsidyDraft:
    """Return the draft with its texts cleaned.

    Raises `RateAbsurd`, `AmountNotPositive`, `AmountAbsurd`, `YearAbsurd`, `TextTooLong`, `SubsidyEmpty`,
    `SubsidyPeriodBackwards`, or `mdm.fleet.errors.NameInvalid`.
    """
    check_rate(draft.rate_per_mille, lowest=1)
    if draft.ceiling_cents is not None:
        check_amount(draft.ceiling_cents)
    for day in (draft.starts_on, draft.ends_on):
        if day is not None:
            check_day(day)
    if draft.starts_on and draft.ends_on and draft.ends_on < draft.starts_on:
        raise SubsidyPeriodBackwards(first=draft.starts_on.isoformat(), last=draft.ends_on.isoformat())
    purchases = tuple(sorted(set(draft.purchases)))
    if not purchases:
        raise SubsidyEmpty
    return msgspec.structs.replace(
        draft, funder=clean_name(draft.funder), reference=clean_text(draft.reference), purchases=purchases
    )


def check_move(state: SubsidyState, wanted: SubsidyState) -> None:
    """Raise `SubsidyMoveRefused` unless a subsidy may go from ``state`` to ``wanted``."""
    if wanted not in MOVES[state]:
        raise SubsidyMoveRefused(state, wanted)


def check_together(subsidies: Sequence[Subsidy], purchases: Mapping[str, Purchase]) -> None:
    """Raise `SubsidiesExceed` when the rates that a purchase is subsidised at make more than the whole."""
    rates: dict[str, int] = {}
    for subsidy in subsidies:
        if subsidy.state is not SubsidyState.REFUSED:
            for purchase_id in subsidy.purchases:
                rates[purchase_id] = rates.get(purchase_id, 0) + subsidy.rate_per_mille
    for purchase_id, rate in sorted(rates.items()):
        if rate > 1000:
            raise SubsidiesExceed(label=purchases[purchase_id].label, rate=percent(rate))


def grants(subsidies: Sequence[Subsidy], purchases: Mapping[str, Purchase], year: int) -> list[Grant]:
    """Return what every subsidy gives for the purchases of ``year``; those that are refused give nothing.

    What is paid or granted is counted before what is only asked for, and older subsidies before newer ones.
    """
    room: dict[tuple[str, str], int] = {}
    found: list[Grant] = []
    ranked = sorted(
        (subsidy for subsidy in subsidies if subsidy.state in _ORDER),
        key=lambda subsidy: (_ORDER.index(subsidy.state), subsidy.subsidy_id),
    )
    for subsidy in ranked:
        for one in _grants_of(subsidy, purchases, year, room):
            if one.year == year and one.amount_cents:
                found.append(one)
    return found


def _grants_of(
    subsidy: Subsidy, purchases: Mapping[str, Purchase], last_year: int, room: dict[tuple[str, str], int]
) -> list[Grant]:
    """Return a subsidy's grants up to a year; ``room`` is what is left of each charge, and is lowered."""
    chosen = [purchases[purchase_id] for purchase_id in subsidy.purchases if purchase_id in purchases]
    first_year = min((purchase.bought_on.year for purchase in chosen), default=last_year + 1)
    qualified = given = 0
    found: list[Grant] = []
    for year in range(first_year, last_year + 1):
        charges = [charge for purchase in chosen if (charge := _qualifying(purchase, year, subsidy)) is not None]
        bases = {_name(charge): _base(charge, subsidy) for charge in charges}
        qualified += sum(bases.values())
        due = qualified * subsidy.rate_per_mille // 1000
        if subsidy.ceiling_cents is not None:
            due = min(due, subsidy.ceiling_cents)
        limits = {_name(charge): room.setdefault(_name(charge), charge.amount_cents) for charge in charges}
        for name, cents in apportion_within(due - given, bases, limits).items():
            room[name] -= cents
            given += cents
            found.append(
                Grant(
                    subsidy_id=subsidy.subsidy_id,
                    purchase_id=name[0],
                    year=year,
                    amount_cents=cents,
                    sure=subsidy.state in SURE,
                )
            )
    return found


def _qualifying(purchase: Purchase, year: int, subsidy: Subsidy) -> Charge | None:
    charge = charge_in(purchase, year)
    if charge is None:
        return None
    if subsidy.starts_on is not None and charge.day < subsidy.starts_on:
        return None
    if subsidy.ends_on is not None and charge.day > subsidy.ends_on:
        return None
    return charge


def _base(charge: Charge, subsidy: Subsidy) -> int:
    if subsidy.vat_qualifies:
        return charge.amount_cents
    return without_vat(charge.amount_cents, charge.purchase.vat_per_mille)


def _name(charge: Charge) -> tuple[str, str]:
    return charge.purchase.purchase_id, str(charge.year)
