"""The dossier of an item: why it is wanted, what it does with pupils' data, and what it costs.

None is a question without an answer; an empty list is the answer “none”.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from profiles.catalogue.item import Cents, Part
from profiles.catalogue.reading import converted

Line = Annotated[str, Meta(min_length=1, max_length=300)]
Lines = Annotated[tuple[Line, ...], Meta(max_length=100)]
Text = Annotated[str, Meta(max_length=20_000)]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]
Person = Annotated[str, Meta(pattern=r"^(account|seat):[A-Za-z0-9._-]{1,64}$")]
"""A reference to an account or a seat; a dossier holds no name."""


class DataSheet(Part, frozen=True, kw_only=True):
    """The data-protection sheet.

    ``collected``: which personal data; ``hosting``: countries, by their ISO 3166 code; ``transfers``: to which
    countries outside the European Union, and under which guarantee; ``minimum_age`` in years; ``trackers``: those
    that the publisher says there are.
    """

    collected: Lines | None = None
    hosting: Annotated[tuple[Country, ...], Meta(max_length=50)] | None = None
    sub_processors: Lines | None = None
    transfers: Lines | None = None
    minimum_age: Annotated[int, Meta(ge=0, le=18)] | None = None
    advertising: bool | None = None
    in_app_purchases: bool | None = None
    trackers: Lines | None = None


class Dossier(Part, frozen=True, kw_only=True):
    """What the committee reads. ``cost_cents`` for each pupil and year; ``tried_by``: the teachers who tried it."""

    purpose: Text = ""
    data: DataSheet = DataSheet()
    accessibility: Text = ""
    evidence: Text = ""
    cost_cents: Cents | None = None
    tried_by: Annotated[tuple[Person, ...], Meta(max_length=200)] = ()


def dossier_of(tree: Any) -> Dossier:
    """Return the dossier in a tree of plain values, its texts cleaned; raise `FieldInvalid`."""
    dossier: Dossier = converted(tree, Dossier)
    hosting = dossier.data.hosting
    data = msgspec.structs.replace(dossier.data, hosting=None if hosting is None else tuple(sorted(set(hosting))))
    return msgspec.structs.replace(dossier, data=data, tried_by=tuple(sorted(set(dossier.tried_by))))
