"""Sheets of labels as data: where each label is on A4, in millimetres.

Avery's labels are made to inches: columns stand 2.6 in (L7160) or 4 in (L7163) apart, rows 1.5 in without a gap, and
the block is in the middle of the sheet. Sources: the sizes on Avery's packets; its templates for the distances.
"""

import msgspec

from enrollment.labels.errors import StartOutside

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
_INCH = 25.4


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a label is: its sheet, counted from 0, and its top left corner in millimetres from the sheet's."""

    sheet: int
    x: float
    y: float


class SheetFormat(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet; lengths in millimetres. ``pitch_x``, ``pitch_y``: from one label's corner to the next one's.

    ``code``: the side of the QR code with its quiet zone. ``digits``: their height; at 2 m, 12 mm are 20 minutes of
    arc, which ISO 9241-303 prefers for reading. ``cut``: the labels are cut along printed lines.
    """

    name: str
    columns: int
    rows: int
    width: float
    height: float
    pitch_x: float
    pitch_y: float
    code: float
    digits: float
    cut: bool = False

    @property
    def left(self) -> float:
        """The margin at the left, and at the right."""
        return (PAGE_WIDTH - (self.columns - 1) * self.pitch_x - self.width) / 2

    @property
    def top(self) -> float:
        """The margin at the top, and at the bottom."""
        return (PAGE_HEIGHT - (self.rows - 1) * self.pitch_y - self.height) / 2

    @property
    def per_sheet(self) -> int:
        """How many labels a sheet has."""
        return self.columns * self.rows

    def place(self, position: int) -> Place:
        """Return where the label at ``position`` is, counted from 0 row by row, over as many sheets as it takes."""
        sheet, on_sheet = divmod(position, self.per_sheet)
        row, column = divmod(on_sheet, self.columns)
        return Place(sheet=sheet, x=self.left + column * self.pitch_x, y=self.top + row * self.pitch_y)

    def sheets(self, count: int, start: int) -> int:
        """Return how many sheets ``count`` labels take from label ``start`` on."""
        return -(-(start - 1 + count) // self.per_sheet)

    def check_start(self, start: int) -> int:
        """Return the label to begin with, counted from 1; raise `StartOutside` when a sheet has none of that number."""
        if not 1 <= start <= self.per_sheet:
            raise StartOutside(start=start, last=self.per_sheet)
        return start

    def cuts(self) -> tuple[list[float], list[float]]:
        """Return where the cutting lines are: upright ones from the left, level ones from the top."""
        if not self.cut:
            return [], []
        return (
            [self.left + column * self.pitch_x for column in range(self.columns + 1)],
            [self.top + row * self.pitch_y for row in range(self.rows + 1)],
        )


L7160 = SheetFormat(
    name="l7160",
    columns=3,
    rows=7,
    width=63.5,
    height=38.1,
    pitch_x=2.6 * _INCH,
    pitch_y=1.5 * _INCH,
    code=34.0,
    digits=12.5,
)
L7163 = SheetFormat(
    name="l7163",
    columns=2,
    rows=7,
    width=99.1,
    height=38.1,
    pitch_x=4 * _INCH,
    pitch_y=1.5 * _INCH,
    code=34.0,
    digits=16.0,
)
A4 = SheetFormat(
    name="a4",
    columns=2,
    rows=5,
    width=95.0,
    height=54.0,
    pitch_x=95.0,
    pitch_y=54.0,
    code=48.0,
    digits=21.0,
    cut=True,
)

FORMATS = {one.name: one for one in (L7160, L7163, A4)}
