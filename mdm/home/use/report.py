"""A report of use: whole days' sums, under a number that grows; and the text in which an app hands it to the agent.

The agent's protocol has three free fields; what is written in them is its apps' own affair. We read one of them when it
holds ``{"use":1,"n":412,"days":{"2026-11-24":{"learning":35,"web":10}}}``.
"""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.home.use.categories import Category
from mdm.home.use.errors import UseReportInvalid

FIELD_CHARACTERS = 4000
_DAYS = 40
_NUMBERS = 2**53
_BEGINS = '{"use":'

Minutes = Annotated[int, Meta(ge=0, le=100_000)]


class UseReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a tablet tells: each day's minutes so far, by category. ``number`` grows from one report to the next."""

    number: Annotated[int, Meta(ge=0, le=_NUMBERS)] = msgspec.field(name="n")
    days: Annotated[dict[date, dict[Category, Minutes]], Meta(max_length=_DAYS)]
    version: Annotated[int, Meta(ge=1, le=1)] = msgspec.field(name="use")


def is_report(text: str) -> bool:
    """Tell whether a text is meant as a report of use: it begins with its version."""
    return text.lstrip().startswith(_BEGINS)


def parse_field(text: str) -> UseReport:
    """Return the report in the text of one of the agent's fields; raise `UseReportInvalid`."""
    if len(text) > FIELD_CHARACTERS:
        raise UseReportInvalid(reason=f"longer than {FIELD_CHARACTERS} characters")
    try:
        return _DECODER.decode(text.encode())
    except msgspec.ValidationError as error:
        raise UseReportInvalid(reason=str(error)[:200]) from None
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        raise UseReportInvalid(reason="not JSON") from None


_DECODER = msgspec.json.Decoder(UseReport)
