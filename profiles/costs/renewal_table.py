"""A renewal forecast as an HTML table, and as a page with its picture; pure."""

from collections.abc import Mapping
from html import escape

from mdm.fleet.csv_reading import fold_title
from mdm.i18n import Translator
from profiles.costs.money import whole_euros
from profiles.costs.renewal import Forecast, Renewal, summed
from profiles.costs.renewal_plot import plot_renewals
from profiles.costs.renewal_words import (
    TITLE,
    in_words,
    remarks,
    school_name,
    school_year_name,
    tablets_in_words,
)

_STYLE = """
body { margin: 2rem; font: 1rem/1.5 system-ui, "DejaVu Sans", sans-serif; color: #16262b; }
svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; margin-top: 1rem; font-size: 0.85rem; }
caption { text-align: left; font-weight: 600; padding: 0.5rem 0; }
th, td { border: 1px solid #d5dcda; padding: 0.4rem 0.7rem; vertical-align: top; white-space: nowrap; }
td { text-align: right; }
th { text-align: left; }
tbody th, tfoot th { white-space: normal; min-width: 12rem; }
""".strip()


def renewals_table(forecast: Forecast, schools: Mapping[str, str], words: Translator) -> str:
    """Return the ``table`` element: a line for each school, a column for each school year, sums at the ends."""
    years = list(forecast.years)
    found = {(one.uai, one.school_year): one for one in forecast.renewals}
    uais = sorted(
        {one.uai for one in forecast.renewals}, key=lambda uai: (fold_title(school_name(uai, schools, words)), uai)
    )
    head = [words("School"), *(school_year_name(year) for year in years), words("All years")]
    titles = "".join(f'<th scope="col">{escape(title)}</th>' for title in head)
    lines = []
    for uai in uais:
        ones = [found.get((uai, year)) for year in years]
        lines.append(_line(school_name(uai, schools, words), ones, words))
    last = _line(words("All schools"), [forecast.of_year(year) for year in years], words)
    return (
        f"<table><caption>{escape(words(TITLE))}</caption><thead><tr>{titles}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody><tfoot>{last}</tfoot></table>"
    )


def renewals_page(forecast: Forecast, schools: Mapping[str, str], words: Translator) -> str:
    """Return an HTML page that stands alone: the picture, what it says in words, and the table."""
    return (
        f'<!doctype html>\n<html lang="{words.lang}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(words(TITLE))}</title>'
        f"<style>{_STYLE}</style></head><body><main>"
        f"<figure>{plot_renewals(forecast, schools, words)}"
        f"<figcaption>{escape(in_words(forecast, words))}</figcaption></figure>"
        f"{renewals_table(forecast, schools, words)}</main></body></html>\n"
    )


def _line(title: str, ones: list[Renewal | None], words: Translator) -> str:
    whole = summed([one for one in ones if one is not None], "", 0)
    cells = "".join(f"<td>{_cell(one, words)}</td>" for one in (*ones, whole))
    return f'<tr><th scope="row">{escape(title)}</th>{cells}</tr>'


def _cell(one: Renewal | None, words: Translator) -> str:
    if one is None or not one.tablets:
        return "–"
    amount = whole_euros(one.amount_cents, words.lang) if one.amount_cents else "?"
    told = [amount, tablets_in_words(one.tablets, words), *remarks(one, words)]
    return "<br>".join(escape(text) for text in told)
