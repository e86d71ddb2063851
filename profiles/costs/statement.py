"""A year's statement: what each purchase costs, what subsidies take off, and who bears the rest; pure."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from profiles.costs.errors import NoPupilToShare, NoTabletToShare, PupilsMissing
from profiles.costs.places import PlacedSchool, Places, Weights, weigh
from profiles.costs.purchase import Purchase, charge_in
from profiles.costs.sharing import AUTHORITY, Rule, SharingKey, rule_for, share
from profiles.costs.subsidies import Subsidy, grants
from profiles.costs.words import Basis

_COMMUNES_SHOWN = 12


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What one commune (``insee``; empty for the authority) bears of a purchase; ``weight``: its pupils or tablets."""

    insee: str
    weight: int
    amount_cents: int


class ItemCost(msgspec.Struct, frozen=True, kw_only=True):
    """One purchase in one year; all amounts with VAT.

    ``subsidy_cents`` is granted or paid and taken off; ``asked_cents`` may still come and is not. The shares make
    ``net_cents``. ``weight``: the pupils or tablets of all the communes.
    """

    purchase: Purchase
    gross_cents: int
    subsidy_cents: int
    asked_cents: int
    rule: Rule
    weight: int
    shares: tuple[Share, ...]

    @property
    def net_cents(self) -> int:
        """What is left to share."""
        return self.gross_cents - self.subsidy_cents


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What a year costs, purchase by purchase, under the key that is in force."""

    year: int
    key: SharingKey
    items: tuple[ItemCost, ...]

    def by_commune(self) -> dict[str, int]:
        """Return what each commune bears in all, by INSEE code, the authority first."""
        sums: dict[str, int] = {AUTHORITY: 0}
        for item in self.items:
            for one in item.shares:
                sums[one.insee] = sums.get(one.insee, 0) + one.amount_cents
        return dict(sorted(sums.items()))


def make_statement(
    year: int,
    key: SharingKey,
    purchases: Sequence[Purchase],
    subsidies: Sequence[Subsidy],
    places: Places,
) -> Statement:
    """Return the statement of a year; ``places`` has that year's pupil numbers.

    Raises `PupilsMissing`, which names the communes of all purchases, `NoPupilToShare` or `NoTabletToShare`.
    """
    charges = [charge for purchase in purchases if (charge := charge_in(purchase, year)) is not None]
    given = grants(subsidies, {purchase.purchase_id: purchase for purchase in purchases}, year)
    weighed = []
    for charge in charges:
        rule = rule_for(key, charge.purchase)
        weighed.append((charge, rule, _weights(rule, charge.purchase, places)))
    _require_pupils(year, (school for _, _, weights in weighed for school in weights.unknown), places)
    items = []
    for charge, rule, weights in weighed:
        sums = {True: 0, False: 0}
        for grant in given:
            if grant.purchase_id == charge.purchase.purchase_id:
                sums[grant.sure] += grant.amount_cents
        net = charge.amount_cents - sums[True]
        items.append(
            ItemCost(
                purchase=charge.purchase,
                gross_cents=charge.amount_cents,
                subsidy_cents=sums[True],
                asked_cents=sums[False],
                rule=rule,
                weight=sum(weights.by_commune.values()),
                shares=_shares(net, rule, weights.by_commune, charge.purchase, year),
            )
        )
    return Statement(year=year, key=key, items=tuple(items))


def _weights(rule: Rule, purchase: Purchase, places: Places) -> Weights:
    weights = weigh(purchase.coverage, rule.basis, places)
    # What the authority bears alone needs nobody's number.
    return Weights(by_commune=weights.by_commune) if rule.common_per_mille == 1000 else weights


def _shares(net: int, rule: Rule, weights: Mapping[str, int], purchase: Purchase, year: int) -> tuple[Share, ...]:
    if rule.common_per_mille < 1000 and not any(weights.values()):
        error = NoPupilToShare if rule.basis is Basis.PUPILS else NoTabletToShare
        raise error(label=purchase.label, year=str(year))
    return tuple(
        Share(insee=insee, weight=weights.get(insee, 0), amount_cents=cents)
        for insee, cents in share(net, rule, weights).items()
        if insee == AUTHORITY or weights[insee]
    )


def _require_pupils(year: int, unknown: Iterable[PlacedSchool], places: Places) -> None:
    by_commune: dict[str, set[str]] = {}
    for school in unknown:
        by_commune.setdefault(school.insee, set()).add(school.uai)
    if not by_commune:
        return
    named = [
        f"{places.communes[insee].name} {insee} ({', '.join(sorted(by_commune[insee]))})"
        for insee in sorted(by_commune)
    ]
    more = [f"+ {len(named) - _COMMUNES_SHOWN}"] if len(named) > _COMMUNES_SHOWN else []
    raise PupilsMissing(year=str(year), places="; ".join([*named[:_COMMUNES_SHOWN], *more]))
