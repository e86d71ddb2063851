"""A year's statement as a French accountant's spreadsheet opens it; pure.

CSV with ``;`` between columns, the decimal comma, UTF-8 with its byte order mark, lines ended by CR LF. A text that a
spreadsheet would take for a formula gets an apostrophe before it. One line for each purchase and each who bears a
part of it; a purchase's gross, subsidy and net are repeated on its lines, so only the column of shares is to be summed.
"""

import csv
import io
from collections.abc import Iterator, Mapping

from mdm.csv_writing import BYTE_ORDER_MARK, harmless
from mdm.i18n import N_, Translator
from profiles.costs.money import decimal_comma, percent, without_vat
from profiles.costs.sharing import AUTHORITY
from profiles.costs.statement import ItemCost, Share, Statement
from profiles.costs.words import BASIS_NAMES, KIND_NAMES

TITLES = (
    N_("Year"),
    N_("INSEE code"),
    N_("Who bears it"),
    N_("Purchase"),
    N_("What it is"),
    N_("Kind"),
    N_("Date"),
    N_("Supplier's reference"),
    N_("Group purchase"),
    N_("Lots"),
    N_("VAT rate (%)"),
    N_("Gross, without VAT"),
    N_("Gross, with VAT"),
    N_("Subsidy granted"),
    N_("Subsidy asked for"),
    N_("Net to share"),
    N_("Common share (%)"),
    N_("Counted by"),
    N_("Count"),
    N_("Count of all"),
    N_("Share"),
    N_("Sharing key"),
)


def export_csv(statement: Statement, communes: Mapping[str, str], *, authority: str, words: Translator) -> bytes:
    """Return the file; ``communes``: their names by INSEE code, ``authority``: the authority's name."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([words(title) for title in TITLES])
    names = {**communes, AUTHORITY: authority}
    writer.writerows(_rows(statement, names, words))
    return (BYTE_ORDER_MARK + out.getvalue()).encode()


def _rows(statement: Statement, names: Mapping[str, str], words: Translator) -> Iterator[list[str]]:
    for item in statement.items:
        of_item = _item_cells(item, words)
        for one in item.shares:
            yield [
                str(statement.year),
                one.insee,
                harmless(names.get(one.insee, one.insee)),
                *of_item,
                *_share_cells(item, one, words),
                # A bare reference such as 2026-03 would become a month.
                words("Deliberation {reference}", reference=statement.key.reference),
            ]


def _item_cells(item: ItemCost, words: Translator) -> list[str]:
    purchase = item.purchase
    lots = " | ".join(f"{lot.label} : {decimal_comma(lot.amount_cents)}" for lot in purchase.lots)
    return [
        purchase.purchase_id,
        harmless(purchase.label),
        words(KIND_NAMES[purchase.kind]),
        purchase.bought_on.strftime("%d/%m/%Y"),
        harmless(purchase.supplier_reference),
        words("yes") if purchase.group_purchase else words("no"),
        harmless(lots),
        percent(purchase.vat_per_mille),
        decimal_comma(without_vat(item.gross_cents, purchase.vat_per_mille)),
        decimal_comma(item.gross_cents),
        decimal_comma(item.subsidy_cents),
        decimal_comma(item.asked_cents),
        decimal_comma(item.net_cents),
        percent(item.rule.common_per_mille),
    ]


def _share_cells(item: ItemCost, one: Share, words: Translator) -> list[str]:
    if one.insee == AUTHORITY:
        return ["", "", str(item.weight), decimal_comma(one.amount_cents)]
    return [words(BASIS_NAMES[item.rule.basis]), str(one.weight), str(item.weight), decimal_comma(one.amount_cents)]
