"""What a form brought, read field by field; what cannot be read is refused with the field's own words."""

import re
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from aiohttp import web
from multidict import MultiDict, MultiMapping

from mdm.clock import from_ms, to_ms
from mdm.errors import Words
from mdm.i18n import N_
from profiles.charter.sentence import ZONE
from webui.errors import FieldUnreadable

_LONGEST = 20_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HOUR = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
_LAST_YEAR = 2090


class Given:
    """The texts of a form or of an address's query; a field that is not there is empty."""

    def __init__(self, values: MultiMapping[Any]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str = "") -> str:
        """Return a text, without the characters that texts do not have here."""
        value = self._values.get(name, default)
        return value.replace("\0", "")[:_LONGEST].strip() if isinstance(value, str) else default

    def every(self, name: str) -> list[str]:
        """Return all texts of a field that may come several times."""
        return [one.replace("\0", "")[:_LONGEST] for one in self._values.getall(name, []) if isinstance(one, str)]

    def names(self) -> list[str]:
        """Return the names of all fields."""
        return list(self._values)

    def one_of(self, name: str, kind: Any) -> Any:
        """Return a text that a ``Literal`` has; None for another."""
        value = self.text(name)
        return value if value in get_args(kind) else None

    def is_set(self, name: str) -> bool:
        """Tell whether a box was ticked."""
        return self.text(name) not in ("", "0", "no")

    def whole(self, name: str, label: str = "") -> int | None:
        """Return a whole number; None for an empty field. Raises `FieldUnreadable`."""
        value = self.text(name).replace(" ", "").replace("\u202f", "").replace("\xa0", "")
        if not value:
            return None
        if not re.fullmatch(r"\d{1,15}", value):
            raise _unreadable(label or name, N_("a whole number is expected"))
        return int(value)

    def cents(self, name: str, label: str = "") -> int | None:
        """Return an amount of euros in cents; None for an empty field. Raises `FieldUnreadable`."""
        value = re.sub(r"[\s€\u202f\xa0]", "", self.text(name)).replace(",", ".")
        if not value:
            return None
        try:
            amount = Decimal(value)
        except InvalidOperation:
            raise _unreadable(label or name, N_("an amount in euros is expected, such as 12,50")) from None
        if not amount.is_finite() or not 0 <= amount <= 100_000_000 or amount * 100 % 1:
            raise _unreadable(label or name, N_("an amount in euros is expected, such as 12,50"))
        return int(amount * 100)

    def hour(self, name: str, label: str = "") -> int | None:
        """Return a day and hour of the territory, in milliseconds; None for an empty field."""
        return self._moment(name, label, _HOUR)

    def end_of_day(self, name: str, label: str = "") -> int | None:
        """Return the last millisecond of a day of the territory, which is told as that day; None for an empty field."""
        begins = self._moment(name, label, _DAY)
        return None if begins is None else to_ms(_day_after(begins)) - 1

    def _moment(self, name: str, label: str, form: re.Pattern[str]) -> int | None:
        value = self.text(name)
        if not value:
            return None
        try:
            if not form.fullmatch(value):
                raise ValueError
            moment = datetime.fromisoformat(value).replace(tzinfo=ZONE)
        except ValueError:
            raise _unreadable(label or name, N_("a day is expected, such as 2026-09-22")) from None
        if not 1970 < moment.year < _LAST_YEAR:
            raise _unreadable(label or name, N_("a day is expected, such as 2026-09-22"))
        return to_ms(moment)


NOTHING = Given(MultiDict())
"""A form that was not sent yet."""


async def given_in(request: web.Request) -> Given:
    """Return what a form brought."""
    return Given(await request.post())


def query_of(request: web.Request) -> Given:
    """Return what an address asks for."""
    return Given(request.query)


def _day_after(begins: int) -> datetime:
    """Return the next midnight: days on which clocks change have 23 or 25 hours."""
    tomorrow = from_ms(begins).astimezone(ZONE).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=ZONE)


def _unreadable(label: str, reason: str) -> FieldUnreadable:
    return FieldUnreadable(field=Words(label), reason=Words(reason))
