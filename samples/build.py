"""Builds the sample documents from their sources: `python -m samples.build` in the root of the repository.

A source says by its name what becomes of it: `Budget 2026.xlsx.md` becomes `Budget 2026.xlsx`, the Markdown files in
the folder `Staff handbook 2026.pdf.d` become one book, and a name without such an ending is copied as it is.
"""

from collections.abc import Iterator
from pathlib import Path

from samples.render import book, mail, office, opendocument, pdf, picture, sheets
from samples.render.blocks import parse

ROOT = Path(__file__).parent
SOURCES = ROOT / "sources"
# Texts that their standard wants with CRLF line ends (RFC 5545, RFC 6350).
_CRLF = {".ics", ".vcf"}


def target(source: Path) -> Path:
    """The path below the output folder that `source`, a path below the sources, is written to."""
    name = source.name.removesuffix(".scan.txt")
    for ending in (".md", ".txt", ".d"):
        shorter = name.removesuffix(ending)
        if shorter != name and Path(shorter).suffix in {".pdf", *_FROM_BLOCKS, *_FROM_TEXT}:
            name = shorter
            break
    return source.with_name(name)


_FROM_BLOCKS = {
    ".docx": office.docx,
    ".doc": office.doc,
    ".odt": opendocument.odt,
    ".rtf": lambda title, blocks: office.rtf(blocks),
    ".pptx": office.pptx,
    ".xlsx": sheets.xlsx,
    ".ods": lambda title, blocks: opendocument.ods(blocks),
    ".epub": book.epub,
    ".pdf": pdf.render,
}
_FROM_TEXT = {
    ".eml": lambda text: mail.eml(text, attachment),
    ".png": picture.notice_png,
    ".jpg": picture.notice_jpg,
}


def attachment(name: str) -> bytes:
    """The bytes of the attachment `name`, rendered when its source is Markdown."""
    folder = SOURCES / "attachments"
    plain = folder / name
    made = content(plain if plain.exists() else folder / f"{name}.md")
    if made is None:
        raise ValueError(f"{name} cannot be made here")
    return made


def content(source: Path) -> bytes | None:
    """The bytes of the file that `source` describes; None when a program for it is missing (LibreOffice for .doc)."""
    made = target(source)
    if source.is_dir():
        text = "\n\n".join(part.read_text(encoding="utf-8") for part in sorted(source.glob("*.md")))
        return pdf.render(made.stem, parse(text), as_book=True)
    if made.name == source.name:
        raw = source.read_bytes()
        return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") if source.suffix in _CRLF else raw
    text = source.read_text(encoding="utf-8")
    if source.name.endswith(".scan.txt"):
        return picture.scanned_pdf(made.stem, text)
    if made.suffix in _FROM_TEXT:
        return _FROM_TEXT[made.suffix](text)
    return _FROM_BLOCKS[made.suffix](made.stem, parse(text))


def sources(folder: Path) -> Iterator[Path]:
    """Every source below `folder`; a book's folder counts as one."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".d" or (path.is_file() and path.parent.suffix != ".d"):
            yield path


def build(output: Path) -> list[Path]:
    """Writes `documents/` and `dav/` below `output` and returns what was written, relative to it."""
    written = []
    for part in ("documents", "dav"):
        for source in sources(SOURCES / part):
            relative = target(source).relative_to(SOURCES)
            made = content(source)
            if made is None:
                print(f"left as it is (LibreOffice is missing): {relative}")
                continue
            path = output / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made)
            written.append(relative)
    return written


def main() -> None:
    """Builds into this folder, and removes what no source describes any longer."""
    written = build(ROOT)
    known = {target(source).relative_to(SOURCES) for part in ("documents", "dav") for source in sources(SOURCES / part)}
    for part in ("documents", "dav"):
        for path in sorted((ROOT / part).rglob("*")):
            if path.is_file() and path.relative_to(ROOT) not in known:
                path.unlink()
    size = sum((ROOT / path).stat().st_size for path in written)
    print(f"{len(written)} files, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
