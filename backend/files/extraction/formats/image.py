"""Pictures: the text that recognition finds in them."""

import warnings
from collections.abc import Iterator

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from backend.files.extraction.extracted import Page
from backend.files.extraction.ocr import recognise
from backend.files.extraction.reasons import DAMAGED, NO_TEXT_AFTER_OCR, Unreadable
from backend.files.extraction.source import Source
from backend.files.extraction.writer import PageWriter

# A4 at 600 dpi has 35 million pixels; decoded at four bytes each, 100 million still fit into the memory limit.
_MAX_PIXELS = 100_000_000
_TOO_MANY_PIXELS = "too large to read: the picture has more than 100 million pixels"
_MAX_FRAMES = 500  # pages of a scanned TIFF


def read(source: Source) -> Iterator[Page]:
    """One page; of a TIFF one for each picture in it."""
    Image.MAX_IMAGE_PIXELS = _MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    found = False
    try:
        with Image.open(source.path) as image:
            frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
            for index, frame in enumerate(ImageSequence.Iterator(image)):
                if index >= min(frames, _MAX_FRAMES):
                    break
                if frame.width * frame.height > _MAX_PIXELS:
                    raise Unreadable(_TOO_MANY_PIXELS)
                page = PageWriter(number=index + 1 if frames > 1 else None)
                page.paragraph(recognise(ImageOps.exif_transpose(frame), source.job))
                if (written := page.page()) is not None:
                    found = True
                    yield written
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unreadable(_TOO_MANY_PIXELS) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unreadable(DAMAGED) from error
    if not found:
        raise Unreadable(NO_TEXT_AFTER_OCR)
