"""Label sheets as a ruler and a scanner see them: rendered at 300 dpi, measured in millimetres."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import msgspec
from PIL import Image

DOT = 25.4 / 300
"""A pixel, in millimetres."""
_DARK = 160
Program = Callable[[str], str]
Box = tuple[float, float, float, float]


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet's measures as printed on its packet, in millimetres, apart from how our code writes them."""

    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    across: float
    down: float

    def label(self, position: int) -> Box:
        """Left, top, right and bottom of a label of the sheet, counted from 0."""
        row, column = divmod(position, self.columns)
        x, y = self.left + column * self.across, self.top + row * self.down
        return x, y, x + self.width, y + self.height


PUBLISHED = {
    "l7160": Published(columns=3, rows=7, width=63.5, height=38.1, left=7.2, top=15.15, across=66.04, down=38.1),
    "l7163": Published(columns=2, rows=7, width=99.1, height=38.1, left=4.65, top=15.15, across=101.6, down=38.1),
    "a4": Published(columns=2, rows=5, width=95.0, height=54.0, left=10.0, top=13.5, across=95.0, down=54.0),
}


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A word of the sheet and its box in millimetres."""

    page: int
    text: str
    box: Box


class Pages:
    """A PDF, looked at."""

    def __init__(self, pdf: bytes, folder: Path, program: Program) -> None:
        self._program = program
        self._folder = folder
        self.file = folder / "labels.pdf"
        self.file.write_bytes(pdf)
        subprocess.run([program("pdftoppm"), "-r", "300", "-gray", self.file, folder / "page"], check=True)
        self.pages = [Image.open(page) for page in sorted(folder.glob("page*.pgm"))]

    def cut_out(self, page: int, box: Box) -> Image.Image:
        """Return what is inside a box."""
        left, top, right, bottom = (round(side / DOT) for side in box)
        return self.pages[page].crop((left, top, right, bottom))

    def ink(self, page: int, box: Box) -> Box | None:
        """Return the box around everything dark inside a box, in millimetres; None where there is nothing."""
        found = self.cut_out(page, box).point(lambda value: 255 if value < _DARK else 0).getbbox()
        if found is None:
            return None
        x, y = round(box[0] / DOT) * DOT, round(box[1] / DOT) * DOT
        return x + found[0] * DOT, y + found[1] * DOT, x + found[2] * DOT, y + found[3] * DOT

    def codes(self, places: list[tuple[int, Box]]) -> list[list[str]]:
        """Return what zbar reads in each of some boxes, each on a page."""
        names = []
        for number, (page, box) in enumerate(places):
            names.append(self._folder / f"piece-{number:03d}.png")
            self.cut_out(page, box).save(names[-1])
        command = [self._program("zbarimg"), "--quiet", "--nodbus", "--xml", "-Sdisable", "-Sqrcode.enable", *names]
        done = subprocess.run(command, capture_output=True, check=False)
        space = "{http://zbar.sourceforge.net/2008/barcode}"
        read = {
            source.attrib["href"]: [data.text or "" for data in source.iter(f"{space}data")]
            for source in ElementTree.fromstring(done.stdout).iter(f"{space}source")
        }
        return [read.get(str(name), []) for name in names]

    def words(self) -> list[Word]:
        """Return every word of the PDF, where it is."""
        done = subprocess.run(
            [self._program("pdftotext"), "-bbox", self.file, "-"], capture_output=True, text=True, check=True
        )
        point = 25.4 / 72
        found = []
        for number, page in enumerate(ElementTree.fromstring(done.stdout).iter("{http://www.w3.org/1999/xhtml}page")):
            for word in page.iter("{http://www.w3.org/1999/xhtml}word"):
                left, top, right, bottom = (
                    float(word.attrib[side]) * point for side in ("xMin", "yMin", "xMax", "yMax")
                )
                found.append(Word(page=number, text=word.text or "", box=(left, top, right, bottom)))
        return found
