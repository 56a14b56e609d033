"""Draw a photo anew: a program of its own, started for one photo, with little memory and time.

It reads the photo from its input and writes a JPEG without anything but the picture. A picture
that is made to break what reads it breaks only this. It imports nothing of ours.
"""

import io
import sys
from typing import Any

LONGEST_SIDE = 2000
MOST_PIXELS = 50_000_000
MEMORY = 1024 * 1024 * 1024
SECONDS = 20
QUALITY = 85
FORMATS = ("JPEG", "PNG", "HEIF")
NOT_A_PHOTO, TOO_MANY_PIXELS = 3, 4


def main() -> int:
    _keep_small()
    from PIL import Image
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None  # we look at the size ourselves, before any pixel is read
    data = sys.stdin.buffer.read()
    try:
        picture: Any = Image.open(io.BytesIO(data), formats=FORMATS)
        width, height = picture.size
        if width * height > MOST_PIXELS:
            return TOO_MANY_PIXELS
        sys.stdout.buffer.write(_jpeg(picture))
    except (OSError, ValueError, SyntaxError, MemoryError, EOFError, RuntimeError):
        return NOT_A_PHOTO
    return 0


def _keep_small() -> None:
    """Before anything is read. Where the system has no such limits there is still the time."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _jpeg(picture: Any) -> bytes:
    """The pixels alone, upright, in the colours that every screen knows."""
    from PIL import Image, ImageOps

    if picture.format == "JPEG":
        picture.draft(None, (LONGEST_SIDE, LONGEST_SIDE))  # reads no more than it needs
    picture.load()
    profile = picture.info.get("icc_profile")
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in {"RGB", "RGBA", "CMYK", "L"}:
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    plain = _in_red_green_blue(upright, profile)
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    bare = Image.new("RGB", plain.size)
    bare.paste(plain)
    made = io.BytesIO()
    bare.save(made, "JPEG", quality=QUALITY, optimize=True)
    return made.getvalue()


def _in_red_green_blue(picture: Any, profile: bytes | None) -> Any:
    from PIL import Image

    if picture.mode.startswith("I"):  # sixteen bits of grey
        return picture.point(lambda value: value / 256).convert("L").convert("RGB")
    if profile and picture.mode in {"RGB", "CMYK", "L"}:
        picture = _known_colours(picture, profile)
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        white = Image.new("RGBA", seen.size, "white")
        white.alpha_composite(seen)
        picture = white
    return picture.convert("RGB")


def _known_colours(picture: Any, profile: bytes) -> Any:
    """How red a skin is must not depend on the telephone. A wrong profile is left aside."""
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(
            picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture


if __name__ == "__main__":
    sys.exit(main())
