"""Photos: nothing but the picture is kept, and nothing that is no picture; files come before rows."""

import io
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

from mdm.clock import ManualClock, SystemClock
from mdm.fleet.states import TabletEvent
from mdm.repairs.errors import TabletGone
from mdm.repairs.photo_cleaning import LARGEST_BYTES, LONGEST_SIDE, clean_photo
from mdm.repairs.photo_errors import (
    PhotoHeic,
    PhotoNotKept,
    PhotoRefused,
    PhotoTooHeavy,
    PhotoTooLarge,
    PhotoUnknown,
    PhotoUnreadable,
)
from mdm.repairs.photos import Photos
from mdm.repairs.retention import BATCH, RETENTION_MS, purge
from tests.repairs.world import TECHNICIAN, World, picture

WORKER = Path(__file__).with_name("photo_worker.py")
SECRET = b"Mont-de-Marsan, 12 rue de l'Ecole"
_ORIENTATION = 0x0112


def telling(width: int = 60, height: int = 40, *, orientation: int = 6, kind: str = "JPEG") -> bytes:
    """A photo, red above and blue below, that tells its position, its camera and a secret in all the ways there are."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (0, height // 2, width, height))
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    exif[ExifTags.Base.Make] = SECRET.decode()
    exif[ExifTags.Base.DateTime] = "2026:09:01 08:00:00"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            ExifTags.GPS.GPSLatitudeRef: "N",
            ExifTags.GPS.GPSLatitude: (43.0, 53.0, 24.0),
            ExifTags.GPS.GPSLongitudeRef: "W",
            ExifTags.GPS.GPSLongitude: (0.0, 30.0, 0.0),
        }
    )
    out = io.BytesIO()
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", SECRET.decode())
    extra = {"comment": SECRET} if kind == "JPEG" else {"pnginfo": told} if kind == "PNG" else {}
    xmp = {} if kind == "PNG" else {"xmp": b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"}
    image.save(out, kind, exif=exif, icc_profile=b"\0" * 40 + SECRET, **extra, **xmp)
    return out.getvalue() + SECRET


def segments(jpeg: bytes) -> Iterator[tuple[int, bytes]]:
    """The marker segments of a JPEG file before its picture data (ISO 10918-1, annex B)."""
    assert jpeg[:2] == b"\xff\xd8"
    at = 2
    while jpeg[at + 1] != 0xDA:
        assert jpeg[at] == 0xFF
        length = struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
        yield jpeg[at + 1], jpeg[at + 4 : at + 2 + length]
        at += 2 + length


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_a_photo_tells_of_place_date_and_camera_is_gone(kind: str) -> None:
    before = telling(kind=kind)
    opened = Image.open(io.BytesIO(before))
    assert opened.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    assert SECRET in before
    after = clean_photo(before)
    opened = Image.open(io.BytesIO(after.body))
    assert opened.format == "JPEG"
    assert not opened.getexif()
    assert not {"exif", "icc_profile", "comment", "xmp"} & set(opened.info)
    assert SECRET not in after.body
    # JFIF's own header, tables, frame: no application data, no comment.
    assert {marker for marker, _ in segments(after.body)} <= {0xE0, 0xDB, 0xC0, 0xC4}
    assert [body[:5] for marker, body in segments(after.body) if marker == 0xE0] == [b"JFIF\0"]
    assert after.body.endswith(b"\xff\xd9")


def test_a_photo_is_upright_as_it_was_meant() -> None:
    # Orientation 6: the first row is the right side; red above becomes red at the right.
    made = clean_photo(telling(60, 40, orientation=6))
    opened = Image.open(io.BytesIO(made.body))
    assert (made.photo.width, made.photo.height) == opened.size == (40, 60)
    right, left = opened.getpixel((35, 30)), opened.getpixel((5, 30))
    assert isinstance(right, tuple)
    assert isinstance(left, tuple)
    assert right[0] > 200 > left[0]
    assert left[2] > 200 > right[2]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("size", "after"), [((4000, 3000), (1600, 1200)), ((800, 3200), (400, 1600)), ((9, 7), (9, 7))]
)
def test_the_longest_side_is_bounded(kind: str, size: tuple[int, int], after: tuple[int, int]) -> None:
    made = clean_photo(picture(*size, kind=kind))
    assert (made.photo.width, made.photo.height) == after
    assert max(after) <= LONGEST_SIDE
    assert made.photo.size == len(made.body)


def test_what_is_transparent_is_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(out, "PNG")
    opened = Image.open(io.BytesIO(clean_photo(out.getvalue()).body))
    assert opened.getpixel((10, 10)) == (255, 255, 255)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims many pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("sides", [(8000, 8000), (60_000, 60_000), (2**31 - 1, 2**31 - 1), (50_000_001, 1)])
def test_a_picture_that_would_fill_the_memory_is_not_decoded(sides: tuple[int, int]) -> None:
    with pytest.raises(PhotoTooLarge, match="50"):
        clean_photo(bomb(*sides))


def test_what_is_too_heavy_is_refused_before_it_is_read() -> None:
    with pytest.raises(PhotoTooHeavy, match="8 MB"):
        clean_photo(picture() + b"\0" * LARGEST_BYTES)


def test_a_heic_photo_is_refused_with_what_to_do() -> None:
    with pytest.raises(PhotoHeic) as refused:
        clean_photo(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert "Most Compatible" in refused.value.advice(lambda text, **_: text)


@pytest.mark.parametrize(
    "body",
    [b"", b"not a photo", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.4", picture()[:400]],
)
def test_what_is_no_photo_is_refused(body: bytes) -> None:
    with pytest.raises(PhotoUnreadable):
        clean_photo(body)


def test_formats_that_nobody_sends_are_not_even_tried() -> None:
    for kind in ("GIF", "TIFF", "BMP", "PPM"):
        with pytest.raises(PhotoUnreadable):
            clean_photo(picture(kind=kind))


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_photo_is_refused_or_cleaned_and_never_anything_else(data: st.DataObject) -> None:
    body = bytearray(telling(kind=data.draw(st.sampled_from(["JPEG", "PNG", "WEBP"]))))
    for _ in range(data.draw(st.integers(1, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        made = clean_photo(bytes(body[: data.draw(st.integers(0, len(body)))]))
    except PhotoRefused:
        return
    assert SECRET not in made.body


def files_folder(world: World) -> Path:
    return world.photos.path_of("00" * 32).parent.parent


def files(world: World) -> list[Path]:
    return sorted(path for path in files_folder(world).rglob("*") if path.is_file())


async def test_a_photo_lies_under_its_hash_for_the_server_alone(world: World) -> None:
    fault = await world.report("A1", photos=(picture(),))
    photo = (await world.faults.show(fault.fault_id)).photos[0]
    path = world.photos.path_of(photo.hash)
    assert files(world) == [path]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert len(await world.photos.content(photo.hash)) == photo.size


async def test_a_photo_that_was_changed_or_lost_on_the_disk_is_not_shown(world: World) -> None:
    fault = await world.report("A1", photos=(picture(),))
    photo = (await world.faults.show(fault.fault_id)).photos[0]
    path = world.photos.path_of(photo.hash)
    path.write_bytes(path.read_bytes() + b"!")
    with pytest.raises(PhotoNotKept):
        await world.faults.photo(fault.fault_id, photo.hash)
    path.unlink()
    with pytest.raises(PhotoNotKept):
        await world.faults.photo(fault.fault_id, photo.hash)


async def test_a_photo_of_a_report_that_is_refused_is_swept_later(world: World) -> None:
    await world.fleet.change_state(world.tablets["A1"], TabletEvent.RETIRE, actor="test")
    with pytest.raises(TabletGone):
        await world.report("A1", photos=(picture(colour="red"),))
    # The file came first: there is never a row without one.
    assert len(files(world)) == 1
    fault = await world.report("A2", photos=(picture(colour="blue"),))
    await world.retention.tidy()
    assert len(files(world)) == 2
    world.clock.advance(timedelta(hours=25))
    await world.retention.tidy()
    kept = (await world.faults.show(fault.fault_id)).photos[0].hash
    assert files(world) == [world.photos.path_of(kept)]


async def test_a_server_that_is_killed_while_photos_come_leaves_no_photo_without_its_file(
    world: World, tmp_path: Path
) -> None:
    url, folder = f"sqlite:///{tmp_path / 'valise.db'}", files_folder(world)
    acknowledged: list[str] = []
    for round_ in range(6):
        worker = subprocess.Popen(
            [sys.executable, str(WORKER), url, str(folder), world.tablets["A1"], str(round_)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(WORKER.parents[2])},
        )
        assert worker.stdout is not None
        for _ in range(round_ + 1):
            line = worker.stdout.readline()
            assert len(line) == 65, "the worker ended by itself"
            acknowledged.append(line.strip())
        worker.kill()
        worker.wait()
    rows = await world.database.read(lambda conn: conn.all("SELECT DISTINCT hash FROM fault_photo"))
    kept = {row["hash"] for row in rows}
    assert set(acknowledged) <= kept
    for digest in kept:
        assert clean_photo(await world.photos.content(digest)).photo.width == 640
    # Two days after the worker's own time, nothing is left of what the kills cut short.
    world.clock.advance(SystemClock().now() - world.clock.now() + timedelta(days=2))
    await world.retention.tidy()
    assert files(world) == sorted(world.photos.path_of(digest) for digest in kept)


async def test_what_a_crash_left_unfinished_is_swept_too(world: World) -> None:
    await world.report("A1", photos=(picture(),))
    kept = files(world)
    unfinished = kept[0].parent / ".0123456789abcdef"
    unfinished.write_bytes(b"half a photo")
    moment = world.clock.now().timestamp()
    os.utime(unfinished, (moment, moment))
    world.clock.advance(timedelta(hours=25))
    await world.retention.tidy()
    assert files(world) == kept


async def test_a_photo_that_is_sent_again_while_it_is_swept_stays(world: World, tmp_path: Path) -> None:
    clock: ManualClock = world.clock
    photos = Photos(tmp_path / "alone", clock)
    old = await photos.keep(picture(colour="green"))
    clock.advance(timedelta(hours=25))

    async def sent_again_meanwhile(hashes: object) -> list[str]:
        await photos.keep(picture(colour="green"))
        return []

    assert await photos.sweep(sent_again_meanwhile) == 0
    assert photos.path_of(old.hash).exists()


async def test_a_year_after_its_end_a_fault_is_forgotten_but_for_what_counts(any_world: World) -> None:
    world = any_world
    fault = await world.report("A1", words="Zoé dropped it", photos=(picture(),))
    waiting = await world.report("A2", words="Lina too", photos=(picture(colour="red"),))
    await world.repairs.repair(fault.fault_id, words="New screen", actor=TECHNICIAN)
    await world.repairs.close(fault.fault_id, actor=TECHNICIAN)
    world.clock.advance(timedelta(milliseconds=RETENTION_MS))
    await world.retention.tidy()
    assert len((await world.faults.show(fault.fault_id)).photos) == 1
    world.clock.advance(timedelta(milliseconds=1))
    await world.retention.tidy()
    view = await world.faults.show(fault.fault_id)
    assert view.photos == ()
    assert {(one.actor, one.words) for one in view.changes} == {("", "")}
    assert view.line.fault.outcome == "repaired"
    kept = await world.faults.show(waiting.fault_id)
    assert kept.changes[0].words == "Lina too"
    assert files(world) == [world.photos.path_of(kept.photos[0].hash)]
    with pytest.raises(PhotoUnknown):
        await world.faults.photo(fault.fault_id, kept.photos[0].hash)


async def test_a_fault_that_was_forgotten_and_reopened_is_forgotten_again(world: World) -> None:
    fault = await world.report("A1", words="first")
    for words in ("dismissed", "dismissed again"):
        await world.repairs.dismiss(fault.fault_id, words=words, actor=TECHNICIAN)
        await world.repairs.close(fault.fault_id, actor=TECHNICIAN)
        world.clock.advance(timedelta(days=366))
        assert await world.database.write(lambda conn: purge(conn, world.clock.ms())) == 1
        assert await world.database.write(lambda conn: purge(conn, world.clock.ms())) == 0
        assert not any(one.words for one in (await world.faults.show(fault.fault_id)).changes)
        await world.repairs.reopen(fault.fault_id, actor=TECHNICIAN)


async def test_faults_are_forgotten_in_small_parts(world: World) -> None:
    assert BATCH <= 1000
    for serial in ("A1", "A2", "A3"):
        fault = await world.report(serial)
        await world.repairs.dismiss(fault.fault_id, actor=TECHNICIAN)
        await world.repairs.close(fault.fault_id, actor=TECHNICIAN)
    world.clock.advance(timedelta(days=366))
    done = [await world.database.write(lambda conn: purge(conn, world.clock.ms(), limit=2)) for _ in range(3)]
    assert done == [2, 1, 0]
