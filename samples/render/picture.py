"""Text that has become a picture: a scanned letter and photographs of notices. Only OCR reads these."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

# A4 at 150 dots per inch, what a small office scanner is usually set to.
_SCAN_SIZE = (1240, 1754)
_SCAN_TILT_DEGREES = 0.8
_NOTICE_SIZE = (1000, 1200)
_SEED = 20261119
_WALL = (188, 178, 160)


def scanned_pdf(title: str, text: str) -> bytes:
    """A one-page PDF without a text layer: a page that lay a little askew on the glass of a grey, grainy scanner."""
    page = Image.new("L", _SCAN_SIZE, 250)
    _write(page, text, origin=(150, 140), size=29, spacing=9, ink=25)
    page = page.rotate(_SCAN_TILT_DEGREES, resample=Image.Resampling.BICUBIC, fillcolor=246)
    page = _grain(page, strength=7).filter(ImageFilter.GaussianBlur(0.6))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    canvas.setTitle(title)
    canvas.drawImage(ImageReader(io.BytesIO(_jpeg(page))), 0, 0, *A4)
    canvas.save()
    return buffer.getvalue()


def notice_png(text: str) -> bytes:
    """A photograph of a notice on a wall, as PNG with few colours."""
    buffer = io.BytesIO()
    _notice(text).quantize(48, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def notice_jpg(text: str) -> bytes:
    """A photograph of a notice on a wall, as JPEG with the grain of a telephone camera."""
    return _jpeg(_grain(_notice(text), strength=5))


def _notice(text: str) -> Image.Image:
    paper = Image.new("RGB", (860, 1040), (252, 250, 244))
    ImageDraw.Draw(paper).rectangle((14, 14, 845, 1025), outline=(47, 93, 58), width=6)
    _write(paper, text, origin=(60, 70), size=35, spacing=17, ink=(20, 30, 25))
    wall = Image.new("RGB", _NOTICE_SIZE, _WALL)
    wall.paste(paper, (70, 80))
    # The camera was held a little to the left and below: the far edge is shorter.
    corners = (-10, -14, 14, 1222, 1004, 1190, 1022, 12)
    return wall.transform(_NOTICE_SIZE, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=_WALL)


def _write(
    image: Image.Image,
    text: str,
    *,
    origin: tuple[int, int],
    size: int,
    spacing: int,
    ink: int | tuple[int, int, int],
) -> None:
    font = ImageFont.load_default(size)
    ImageDraw.Draw(image).multiline_text(origin, text.strip(), fill=ink, font=font, spacing=spacing)


def _grain(image: Image.Image, *, strength: float) -> Image.Image:
    pixels = np.asarray(image, dtype=np.float32)
    noise = np.random.default_rng(_SEED).normal(0, strength, pixels.shape)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=60)
    return buffer.getvalue()
