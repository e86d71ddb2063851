"""PDF files written object by object, so that a test can put anything into them."""

import io
import zlib
from collections.abc import Mapping

from pypdf import PdfWriter

CATALOG, PAGES, PAGE = 1, 2, 3

PLAIN: Mapping[int, bytes] = {
    CATALOG: b"<< /Type /Catalog /Pages 2 0 R >>",
    PAGES: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    PAGE: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
}


def with_objects(
    *, catalog: bytes = b"", page: bytes = b"", more: Mapping[int, bytes] | None = None
) -> dict[int, bytes]:
    """The objects of a one-page document, with more keys in its catalogue or its page, and more objects."""
    found = dict(PLAIN)
    found[CATALOG] = found[CATALOG][:-2] + catalog + b" >>"
    found[PAGE] = found[PAGE][:-2] + page + b" >>"
    return found | dict(more or {})


def classic(objects: Mapping[int, bytes] = PLAIN, *, trailer: bytes = b"") -> bytes:
    """A file with a table of cross-references, as PDF 1.4 has it."""
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    places = {}
    for number, body in objects.items():
        places[number] = out.tell()
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    size = max(objects) + 1
    out.write(b"xref\n0 1\n0000000000 65535 f \n")
    for number, place in sorted(places.items()):
        out.write(b"%d 1\n%010d 00000 n \n" % (number, place))
    out.write(b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start))
    return out.getvalue()


def packed(objects: Mapping[int, bytes], *, filler: int = 0) -> bytes:
    """A file whose objects are compressed together in one stream, as PDF 1.5 and most programs do."""
    out = io.BytesIO()
    out.write(b"%PDF-1.5\n")
    bodies, head, offset = b"", b"", 0
    for number, body in objects.items():
        head += b"%d %d " % (number, offset)
        bodies += body + b" "
        offset = len(bodies)
    squeezed = zlib.compress(head + bodies + b" " * filler, 9)
    stream, table = max(objects) + 1, max(objects) + 2
    stream_at = out.tell()
    what = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (len(objects), len(head))
    out.write(
        b"%d 0 obj\n<< %s /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (stream, what, len(squeezed), squeezed)
    )
    start = out.tell()
    rows = [bytes([0]) + (0).to_bytes(4, "big") + bytes([255])]
    order = list(objects)
    for number in range(1, stream):
        if number in objects:
            rows.append(bytes([2]) + stream.to_bytes(4, "big") + bytes([order.index(number)]))
        else:
            rows.append(bytes([0]) + (0).to_bytes(4, "big") + bytes([0]))
    rows.append(bytes([1]) + stream_at.to_bytes(4, "big") + bytes([0]))
    rows.append(bytes([1]) + start.to_bytes(4, "big") + bytes([0]))
    body = b"".join(rows)
    out.write(
        b"%d 0 obj\n<< /Type /XRef /Size %d /W [1 4 1] /Root 1 0 R /Length %d >>\nstream\n%s\nendstream\nendobj\n"
        % (table, table + 1, len(body), body)
    )
    out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pages(count: int = 1) -> PdfWriter:
    """A document as a library writes it."""
    writer = PdfWriter()
    for _ in range(count):
        writer.add_blank_page(200, 200)
    return writer
