"""One picture: an SVG element with its title, its description and its patterns, and the few shapes that charts are of.

Only presentation attributes are used, so that a page's content security policy has nothing to refuse; classes let the
site's style sheet have the last word. Tones differ by pattern, not by colour alone.
"""

from collections.abc import Mapping
from typing import Literal
from unicodedata import category
from xml.etree.ElementTree import Element, SubElement, tostring

from babel.numbers import format_decimal, format_percent

WIDTH = 360
"""Units; a phone shows a picture at its own size, a desk a little larger."""
INK, SOFT, EDGE, PAPER = "#16262b", "#4c5f66", "#d5dcda", "#ffffff"
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
_LETTER = 0.6
"""A letter's mean width, as a part of the font's size."""

Tone = Literal["good", "care", "bad", "quiet", "first", "second", "third"]
TONES: Mapping[Tone, tuple[str, str]] = {
    "good": ("#1b6e3c", ""),
    "care": ("#8a5300", "M-2,10 L10,-2 M-2,2 L2,-2 M6,10 L10,6"),
    "bad": ("#a3231b", "M-2,-2 L10,10 M-2,6 L2,10 M6,-2 L10,2"),
    "quiet": ("#5b6b70", "M4,2.5 A1.5,1.5 0 1 1 3.99,2.5 Z"),
    "first": ("#0f5c63", ""),
    "second": ("#5a4a9c", "M0,4 L8,4"),
    "third": ("#a34a12", "M4,0 L4,8"),
}
"""By tone: the colour, at least 4.5 to 1 against white, and the pattern drawn on it in white."""


class Drawing:
    """A picture of a height; ``name`` begins its identifiers, for a page of many; ``links``: there are some in it."""

    def __init__(
        self, name: str, height: float, *, title: str, desc: str, lang: str, links: bool = False, mark: str = "chart"
    ) -> None:
        self.name = name
        self.lang = lang
        self.root = Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {WIDTH} {written(height)}",
                "width": str(WIDTH),
                "height": written(height),
                "class": mark,
                # Links inside of an image would be reached by keyboard and told to nobody.
                "role": "group" if links else "img",
                "lang": lang,
                "aria-labelledby": f"{name}-title {name}-desc",
                "font-family": _FONT,
            },
        )
        SubElement(self.root, "title", {"id": f"{name}-title"}).text = printable(title)
        SubElement(self.root, "desc", {"id": f"{name}-desc"}).text = printable(desc)
        self._definitions = SubElement(self.root, "defs")
        self._tones: set[Tone] = set()

    def fill(self, tone: Tone) -> str:
        """Return the fill of a tone; its pattern is added to the picture when it is first asked for."""
        colour, mark = TONES[tone]
        if not mark:
            return colour
        if tone not in self._tones:
            self._tones.add(tone)
            pattern = SubElement(
                self._definitions,
                "pattern",
                {"id": f"{self.name}-{tone}", "patternUnits": "userSpaceOnUse", "width": "8", "height": "8"},
            )
            SubElement(pattern, "rect", {"width": "8", "height": "8", "fill": colour})
            SubElement(pattern, "path", {"d": mark, "stroke": PAPER, "stroke-width": "1.4", "fill": "none"})
        return f"url(#{self.name}-{tone})"

    def rect(self, x: float, y: float, width: float, height: float, fill: str, *, mark: str = "") -> Element:
        """Draw a rectangle; ``mark`` is a class of the style sheet."""
        places = {"x": x, "y": y, "width": max(width, 0.0), "height": height}
        return self._add("rect", {**_written(places), "fill": fill}, mark)

    def path(
        self, d: str, *, fill: str = "none", stroke: str = "", width: float = 1.5, dash: str = "", mark: str = ""
    ) -> Element:
        """Draw a path."""
        attributes = {"d": d, "fill": fill, "fill-rule": "evenodd"}
        if stroke:
            attributes |= {"stroke": stroke, "stroke-width": written(width), "stroke-linejoin": "round"}
        if dash:
            attributes["stroke-dasharray"] = dash
        return self._add("path", attributes, mark)

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str) -> Element:
        """Draw a line."""
        places = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
        return self._add("line", {**_written(places), "stroke": colour, "stroke-width": "1"}, "")

    def circle(self, x: float, y: float, radius: float, fill: str, *, stroke: str = "", mark: str = "") -> Element:
        """Draw a circle."""
        attributes = {**_written({"cx": x, "cy": y, "r": radius}), "fill": fill}
        if stroke:
            attributes |= {"stroke": stroke, "stroke-width": "1.5"}
        return self._add("circle", attributes, mark)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 14,
        colour: str = INK,
        anchor: str = "start",
        weight: str = "400",
    ) -> Element:
        """Write a text."""
        attributes = {
            **_written({"x": x, "y": y, "font-size": size}),
            "font-weight": weight,
            "fill": colour,
            "text-anchor": anchor,
        }
        added = self._add("text", attributes, "")
        added.text = printable(text)
        return added

    def link(self, href: str, label: str) -> "Drawing":
        """Return a part of this picture whose shapes lead to an address."""
        part = object.__new__(Drawing)
        part.__dict__.update(self.__dict__)
        part.root = SubElement(self.root, "a", {"href": href, "aria-label": printable(label)})
        return part

    def svg(self) -> str:
        """Return the picture."""
        return tostring(self.root, encoding="unicode")

    def _add(self, tag: str, attributes: dict[str, str], mark: str) -> Element:
        if mark:
            attributes["class"] = mark
        return SubElement(self.root, tag, attributes)


def written(value: float) -> str:
    """Return a number as SVG has it, to a hundredth."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def number(value: float, lang: str) -> str:
    """Return a number as people of a language write it."""
    return str(format_decimal(value, locale=lang))


def share(part: float, whole: float, lang: str) -> str:
    """Return a part as a percentage, without decimals; a part that is there at all is never told as nothing."""
    ratio = part / whole if whole else 0.0
    if 0 < ratio < 0.01:
        return f"< {format_percent(0.01, locale=lang)}"
    return str(format_percent(ratio, locale=lang))


def fitted(text: str, room: float, size: float = 14) -> str:
    """Return a text that fits a room, shortened in its middle: names of places often differ at their end only."""
    letters = max(int(room / (size * _LETTER)), 4)
    if len(text) <= letters:
        return text
    end = letters // 3
    return f"{text[: letters - end - 1].rstrip()}…{text[-end:].lstrip()}"


def width_of(text: str, size: float = 14) -> float:
    """Return about how wide a text is."""
    return len(text) * size * _LETTER


def printable(text: str) -> str:
    """Return a text without the control characters that XML does not allow."""
    return "".join(character for character in text if category(character)[0] != "C")


def nice_ticks(highest: float, *, most: int = 5) -> list[int]:
    """Return whole numbers that an axis from 0 to ``highest`` or a little more is marked with."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor * most >= highest:
                last = -(-int(-(-highest // 1)) // (step * factor))
                return [mark * step * factor for mark in range(max(last, 1) + 1)]
        step *= 10


def _written(places: Mapping[str, float]) -> dict[str, str]:
    return {name: written(value) for name, value in places.items()}
