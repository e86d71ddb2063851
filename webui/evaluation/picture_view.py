"""What is shown of a published week to somebody: their page and their file are both made from this alone."""

from collections.abc import Sequence

import msgspec

from mdm.home.picture.levels import OTHER
from mdm.home.picture.measures import MINUTES, STATES, Measure
from mdm.home.picture.picture import Picture, SchoolRow
from mdm.home.picture.picture_store import Figures, PictureCell
from mdm.i18n import N_, Translator

BY_LEVEL = (Measure.TABLETS, Measure.DAYS_SEEN, Measure.REPORTING, *MINUTES)
BY_SCHOOL = (Measure.TABLETS, *STATES)
OVER_WEEKS = (Measure.TABLETS, Measure.SEEN)
HIDDEN = N_("hidden")


class PictureView(msgspec.Struct, frozen=True, kw_only=True):
    """A week for one reader. ``chosen``: the school that is looked at, None for all that the reader reaches.

    ``shown``: whether there are sums of what is looked at; several schools of a reach have none together. ``past``: the
    weeks up to this one of which nothing is hidden, oldest first.
    """

    picture: Picture
    whole: bool
    chosen: SchoolRow | None
    past: Sequence[tuple[str, Figures]]

    @property
    def shown(self) -> bool:
        """Whether sums and levels are shown."""
        return self.chosen is not None or self.whole

    @property
    def figures(self) -> Figures:
        """The sums of what is looked at."""
        if not self.shown:
            return {}
        return self.chosen.figures if self.chosen else self.picture.figures

    @property
    def levels(self) -> Sequence[PictureCell]:
        """The levels of what is looked at, in order."""
        if not self.shown:
            return ()
        return self.chosen.levels if self.chosen else self.picture.levels

    @property
    def schools(self) -> Sequence[SchoolRow]:
        """The schools of the list, by name; none where one is looked at."""
        if self.chosen is not None:
            return ()
        return sorted(self.picture.schools, key=lambda one: (one.name, one.uai))


def level_words(level: str, words: Translator) -> str:
    """Return a level's name."""
    return words(N_("Several levels, or none")) if level == OTHER else level
