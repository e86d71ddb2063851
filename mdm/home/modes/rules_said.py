"""A guardian's own rules in one sentence, for whoever reads what is stored."""

from typing import Any

from mdm.home.modes.hours import Span
from mdm.home.modes.stricter import StricterRules
from mdm.i18n import N_, Translator


def rules_in_words(value: Any, translate: Translator) -> str:
    """Say stored rules: the hours that a guardian set, and how many apps were taken away."""
    rules = StricterRules.from_json(value)
    hours = rules.hours
    said = [
        translate(text, begin=_hour(span), end=f"{span.end:%H:%M}")
        for text, span in (
            (N_("on school days from {begin} to {end}"), hours.school_days),
            (N_("on other days from {begin} to {end}"), hours.other_days),
            (N_("night from {begin} to {end}"), hours.night),
        )
        if span is not None
    ]
    if many := len(rules.apps_taken_away):
        said.append(translate.plural("{n} app taken away", "{n} apps taken away", many))
    return " · ".join(said) or translate(N_("no rule"))


def _hour(span: Span) -> str:
    return f"{span.begin:%H:%M}"
