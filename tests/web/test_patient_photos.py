"""Photos: what a phone sends is drawn anew and sealed; what is none loses nothing of the report."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pillow_heif import register_heif_opener

from reporter.clinic import casebook, front_desk, photos, reports
from reporter.clinic.clinics import Clinic
from reporter.clinic.photos import NotAPhoto, TooManyPixels
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records import backup, restore
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules.levels import Level
from tests.conftest import NOW
from tests.web.desk import desk_of
from tests.web.phone import Phone, Watch
from tests.web.test_patient import stored

register_heif_opener()
GPS, ORIENTATION = 0x8825, 0x0112


def picture(mode: str = "RGB", size: tuple[int, int] = (60, 40), colour: Any = "red") -> Any:
    return Image.new(mode, size, colour)


def saved(image: Any, kind: str = "JPEG", **options: Any) -> bytes:
    made = BytesIO()
    image.save(made, kind, **options)
    return made.getvalue()


def with_place() -> Any:
    """What a phone writes beside the picture: where it was taken, and that it lies on its side."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[2] = (38.0, 53.0, 23.0)
    exif[0x010F] = "Secretphone"
    return exif


def opened(data: bytes) -> Any:
    return Image.open(BytesIO(data))


# ---- Drawing anew


SIXTEEN = Image.new("I;16", (60, 40), 40_000)
FRAMES = [picture(colour="blue")]
GOOD = {
    "JPEG": (saved(picture()), (254, 0, 0)),
    "CMYK": (saved(picture("CMYK", colour=(0, 255, 255, 0))), (254, 0, 0)),
    "PNG": (saved(picture(), "PNG"), (254, 0, 0)),
    "animated PNG": (saved(picture(), "PNG", save_all=True, append_images=FRAMES), (254, 0, 0)),
    "16 bits": (saved(SIXTEEN, "PNG"), (156, 156, 156)),
    "see-through": (saved(picture("RGBA", colour=(255, 0, 0, 0)), "PNG"), (255, 255, 255)),
    "HEIC": (saved(picture(size=(64, 64)), "HEIF"), (254, 0, 0)),
}


@pytest.mark.parametrize("kind", GOOD)
def test_every_kind_becomes_a_plain_jpeg(kind: str) -> None:
    data, colour = GOOD[kind]
    made = opened(photos.drawn_anew(data))
    assert (made.format, made.mode, getattr(made, "n_frames", 1)) == ("JPEG", "RGB", 1)
    found = made.getpixel((20, 20))
    assert all(abs(one - wanted) < 8 for one, wanted in zip(found, colour, strict=True))


def test_place_and_camera_are_gone_and_it_stands_upright() -> None:
    sent = saved(picture(), exif=with_place())
    assert opened(sent).getexif().get_ifd(GPS)
    made = photos.drawn_anew(sent)
    assert opened(made).size == (40, 60)
    assert not dict(opened(made).getexif()) and b"Secretphone" not in made and b"Exif" not in made


def test_large_photos_shrink() -> None:
    assert opened(photos.drawn_anew(saved(picture(size=(4000, 1000))))).size == (2000, 500)


BAD = {
    "cut off": saved(picture(size=(800, 600)))[:600],
    "no picture": b"<html>hello</html>",
    "nothing": b"",
    "GIF": saved(picture(), "GIF"),
    "TIFF": saved(picture(), "TIFF"),
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_photo_is_refused(kind: str) -> None:
    with pytest.raises(NotAPhoto):
        photos.drawn_anew(BAD[kind])


def test_a_picture_that_would_fill_the_memory_is_refused_by_its_size() -> None:
    bomb = saved(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(bomb) < 100_000
    with pytest.raises(TooManyPixels):
        photos.drawn_anew(bomb)


# ---- The patient's page


def to_check(phone: Phone) -> str:
    """To the check page with something to see; the address of its photos."""
    phone.report(["eyelid", "bruise"], "right", "little", "no", "small", "none", "today", "same")
    assert "Photos (optional)" in phone.text
    return phone.path.removesuffix("check") + "photos"


def send_photo(phone: Phone, path: str, data: bytes, name: str = "eye.jpg") -> Phone:
    token = re.search(r'name="csrf_token" value="([^"]+)"', phone.html)
    assert token
    field = b"--end\r\nContent-Disposition: form-data; name="
    body = field + b'"csrf_token"\r\n\r\n' + token[1].encode() + b"\r\n"
    body += field + f'"photo"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'.encode()
    phone.answer = phone.client.post(
        path,
        data=body + data + b"\r\n--end--\r\n",
        content_type="multipart/form-data; boundary=end",
        follow_redirects=True,
    )
    return phone


def test_three_photos_come_with_the_report_and_are_sealed(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    path = to_check(phone)
    phone.open(path)
    for colour in ("red", "green", "green", "blue"):  # the second green: pressed twice
        send_photo(phone, path, saved(picture(colour=colour)))
    assert "Photo 3, added 10:12 am" in phone.text and "Add this photo" not in phone.text
    send_photo(phone, path, saved(picture(colour="white")))
    assert "You can add 3 photos" in phone.text
    phone.open(path.removesuffix("photos") + "check")
    assert "Photos added: 3." in phone.text
    phone.press()
    kept = photos.of_reports(db, clinic.id, stored(db, clinic))
    assert len(kept) == 3
    found = [photos.picture(db, clinic.id, one.id) for one in kept]
    assert {opened(one[1]).getpixel((9, 9)) for one in found if one} == {
        (254, 0, 0),
        (0, 128, 1),
        (0, 0, 254),
    }
    (row,) = db.query("select sealed_picture from photos where id = :id", id=kept[0].id)
    assert row["sealed_picture"].startswith("gAAAA")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (BAD["cut off"], "We cannot open this photo"),
        (b"\xff" * (10 * 1024 * 1024 + 1), "The photo is larger than 10 MB"),
        (b"\xff" * (11 * 1024 * 1024), "The photo is larger than 10 MB"),
        (saved(Image.new("1", (20_000, 20_000)), "PNG"), "too many dots"),
    ],
    ids=["cut off", "a little over", "far over", "bomb"],
)
def test_a_photo_that_fails_never_loses_the_report(
    db: Database, clinic: Clinic, phone: Phone, data: bytes, says: str
) -> None:
    path = to_check(phone)
    send_photo(phone.open(path), path, data)
    assert says in phone.text and phone.html.count("<title>Error: ") == 1
    assert "Go on without a photo" in phone.text
    phone.open(path.removesuffix("photos") + "check").press()
    (one,) = stored(db, clinic)
    assert one.level is Level.CALL_BACK and not photos.of_reports(db, clinic.id, [one])


def test_without_a_photo_the_page_says_so(phone: Phone) -> None:
    path = to_check(phone)
    phone.open(path).press(path=path)
    assert "Take or choose a photo first" in phone.text


def test_a_full_disk_keeps_the_answers_and_says_so(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reporter.records.trouble import StorageError

    def full(*_: object, **__: object) -> None:
        raise StorageError("no room")

    path = to_check(phone)
    phone.open(path)
    monkeypatch.setattr(photos, "record", full)
    send_photo(phone, path, saved(picture()))
    assert "Your answers are kept. Try again" in phone.text
    monkeypatch.undo()
    send_photo(phone, path, saved(picture()))
    assert "We have your photo." in phone.text


def test_a_photo_is_taken_back_before_sending_and_not_after(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    path = to_check(phone)
    send_photo(phone.open(path), path, saved(picture()))
    remove = re.findall(rf'action="({path}/[^"]+)"', phone.html)
    phone.press(path=remove[0])
    assert "The photo is removed." in phone.text
    send_photo(phone, path, saved(picture()))
    remove = re.findall(rf'action="({path}/[^"]+)"', phone.html)
    phone.open(path.removesuffix("photos") + "check").press()
    phone.open(path)
    assert "Remove" not in phone.text
    phone.press(path=remove[0])
    assert len(photos.of_reports(db, clinic.id, stored(db, clinic))) == 1


def test_a_photo_after_sending_is_noted_on_the_case(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    path = to_check(phone)
    phone.press()
    phone.open("/".join(path.split("/")[:3]) + "/receipt")
    assert path in phone.html
    send_photo(phone.open(path), path, saved(picture()))
    (case,) = casebook.all_open(db, clinic.id)
    said = [one.details for one in casebook.history(db, clinic.id, case.id)]
    assert {"what": "photo"} in [dict(one) for one in said]


def test_another_phone_neither_sees_nor_adds(
    app: Any, db: Database, enrolled: Callable[..., Treatment], link: Any
) -> None:
    token = link(enrolled())
    path = to_check(Phone(app.test_client()).open(token))
    other = Phone(app.test_client()).open(token)
    assert send_photo(other, path, saved(picture())).answer.status_code == 403  # type: ignore[union-attr]
    assert not db.query("select id from photos")


def test_a_photo_of_something_mild_is_put_before_a_reader(
    db: Database, clinic: Clinic, phone: Phone, watch: Watch, app: Any, dana: Staff
) -> None:
    watch.at = NOW - timedelta(days=3)
    phone.report(["bruise"], "small", "today", "better")
    path = phone.path.removesuffix("check") + "photos"
    send_photo(phone.open(path), path, saved(picture()))
    phone.open(path.removesuffix("photos") + "check").press()
    (one,) = reports.to_read(db, clinic.id)
    assert one.level is Level.SELF_CARE and one.read_by_at
    app.config["WTF_CSRF_ENABLED"] = False
    at_desk = desk_of(app, dana)
    page = at_desk.page("/desk/to-read")
    assert "covered: open to look" in page and 'loading="lazy"' in page
    at_desk.client.post(f"/desk/to-read/{one.id}/case")
    (case,) = casebook.all_open(db, clinic.id)
    assert "/desk/photo/" in at_desk.page(f"/desk/case/{case.id}")


# ---- Staff, backup, erasure


def sent_photo(db: Database, clinic: Clinic, phone: Phone) -> str:
    path = to_check(phone)
    send_photo(phone.open(path), path, saved(picture(), exif=with_place()))
    assert not photos.of_reports(db, clinic.id, ())
    phone.open(path.removesuffix("photos") + "check").press()
    return photos.of_reports(db, clinic.id, stored(db, clinic))[0].id


def test_staff_see_it_at_a_logged_address_that_nothing_keeps(
    db: Database, clinic: Clinic, phone: Phone, app: Any, dana: Staff
) -> None:
    photo_id = sent_photo(db, clinic, phone)
    path = f"/desk/photo/{photo_id}"
    app.config["WTF_CSRF_ENABLED"] = False
    at_desk = desk_of(app, dana)
    assert app.test_client().get(path).status_code in {302, 303}
    answer = at_desk.get(path)
    assert answer.mimetype == "image/jpeg" and opened(answer.data).size == (40, 60)
    headers = answer.headers
    assert headers["Cache-Control"] == "no-store" and headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"] == 'inline; filename="photo.jpg"'
    assert "sandbox" in headers["Content-Security-Policy"]
    at_desk.get(path)
    seen = db.query("select subject from audit_events where verb = 'photo.seen'")
    assert [one["subject"] for one in seen] == [photo_id, photo_id]
    assert at_desk.get("/desk/photo/nothing").status_code == 404


def test_backup_and_restore_bring_it_back_and_erasure_takes_it(
    db: Database, clinic: Clinic, phone: Phone, tmp_path: Path
) -> None:
    photo_id = sent_photo(db, clinic, phone)
    file = tmp_path / "all.backup"
    backup.make(db, file, at=NOW)
    (treatment,) = [one.treatment_id for one in stored(db, clinic)]
    from reporter.clinic import treatments

    visit = treatments.get(db, clinic.id, treatment)
    front_desk.erase(db, clinic, visit, by=SYSTEM, at=NOW)
    assert photos.picture(db, clinic.id, photo_id) is None
    assert not db.query("select id from photos")
    restore.restore(db, file, by=SYSTEM, at=NOW)
    assert photos.picture(db, clinic.id, photo_id) is None
    assert not db.query("select id from photos")
