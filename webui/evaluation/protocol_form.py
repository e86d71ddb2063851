"""A protocol as a form brings it, field by field or as a TOML file."""

import asyncio
from datetime import date
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from mdm.errors import Words
from mdm.home.evaluation.evaluation import Basis, Draft, draft_of, require_coherent
from mdm.home.evaluation.variables import Variable
from mdm.i18n import N_
from webui.evaluation.errors import FormIncomplete
from webui.forms import Given

LABELS = {
    "title": N_("Title"),
    "question": N_("Question"),
    "first_day": N_("First day"),
    "last_day": N_("Last day"),
    "schools": N_("Schools"),
    "variables": N_("What is gathered, by pupil and week"),
    "threshold": N_("Smallest group that is told of"),
    "notice_days": N_("Days for which guardians know before anything is gathered"),
    "retention_days": N_("Days after the last day until all is erased"),
    "responsible": N_("Login of the researcher who answers for it"),
}
_TEXTS = {"title": (3, 200), "question": (10, 4000), "responsible": (1, 100)}


async def draft_in(request: web.Request, given: Given) -> Draft:
    """Return the protocol of a form, from its file where there is one; raise `FormIncomplete`, `EvaluationInvalid`."""
    sent: list[Any] = (await request.post()).getall("file", [])
    for one in sent:
        if isinstance(one, FileField) and (body := await asyncio.to_thread(one.file.read)):
            return draft_of(body)
    return _from_fields(given)


def _from_fields(given: Given) -> Draft:
    for name, (least, most) in _TEXTS.items():
        if not least <= len(given.text(name)) <= most:
            raise _wrong(name)
    schools = tuple(given.text("schools").replace(",", " ").replace(";", " ").split())
    variables = tuple(one for one in Variable if one.value in given.every("variable"))
    if not 1 <= len(schools) <= 500:
        raise _wrong("schools")
    if not variables:
        raise _wrong("variables")
    return require_coherent(
        Draft(
            title=given.text("title"),
            question=given.text("question"),
            first_day=_day(given, "first_day"),
            last_day=_day(given, "last_day"),
            schools=schools,
            variables=variables,
            basis=Basis.CONSENT if given.text("basis") == "consent" else Basis.OBJECTION,
            threshold=_number(given, "threshold"),
            notice_days=_number(given, "notice_days"),
            retention_days=_number(given, "retention_days"),
            responsible=given.text("responsible"),
        )
    )


def _day(given: Given, name: str) -> date:
    try:
        return date.fromisoformat(given.text(name))
    except ValueError:
        raise _wrong(name) from None


def _number(given: Given, name: str) -> int:
    number = given.whole(name, LABELS[name])
    if number is None:
        raise _wrong(name)
    return number


def _wrong(name: str) -> FormIncomplete:
    return FormIncomplete(field=Words(LABELS[name]))
