"""Kinds of document by the words that people call them, in English and German, and by their media types."""

from dataclasses import dataclass

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of document. `words` are all that it is called, in any of our languages; `mimes` its media types.

    Without both it is no kind but any file.
    """

    words: frozenset[str] = frozenset()
    mimes: tuple[str, ...] = ()


_ANY = "file files document documents paper papers datei dateien dokument dokumente dokumenten unterlagen"

# Words for one kind stand in one line; a word that stands in no line is no kind of document.
_WORDS = (
    "letter letters correspondence brief briefe briefen schreiben arztbrief arztbriefe arztbriefen "
    "entlassungsbrief entlassungsbriefe entlassungsbriefen entlassbrief entlassbriefe anschreiben",
    "invoice invoices bill bills rechnung rechnungen",
    "contract contracts agreement agreements lease leases vertrag verträge verträgen",
    "note notes memo memos notiz notizen",
    "minutes meeting meetings protokoll protokolle protokollen sitzungsprotokoll sitzungsprotokolle",
    "report reports bericht berichte berichten befund befunde befunden",
    "protocol protocols procedure procedures guideline guidelines richtlinie richtlinien leitlinie leitlinien",
    "policy policies",
    "leaflet leaflets brochure brochures merkblatt merkblätter merkblättern broschüre broschüren",
    "offer offers quote quotes angebot angebote angeboten",
    "receipt receipts quittung quittungen beleg belege belegen",
    "manual manuals guide guides handbook handbooks anleitung anleitungen handbuch handbücher handbüchern",
    "form forms formular formulare formularen",
    "referral referrals überweisung überweisungen",
    "prescription prescriptions rezept rezepte rezepten",
    "certificate certificates zeugnis zeugnisse bescheinigung bescheinigungen",
    "agenda agendas tagesordnung tagesordnungen",
    "recipe recipes",
    "budget budgets haushaltsplan haushaltspläne",
)
_BY_TYPE = {
    "pdf pdfs": ("application/pdf",),
    "mail mails email emails e-mail e-mails": ("message/rfc822", "application/vnd.ms-outlook"),
    "spreadsheet spreadsheets tabelle tabellen": (
        _SHEET, "application/vnd.ms-excel", "application/vnd.oasis.opendocument.spreadsheet", "text/csv",
    ),
    "presentation presentations slides präsentation präsentationen folien": (
        _SLIDES, "application/vnd.ms-powerpoint", "application/vnd.oasis.opendocument.presentation",
    ),
    "picture pictures photo photos image images scan scans bild bilder bildern foto fotos": (
        "image/png", "image/jpeg", "image/tiff", "image/webp", "image/gif", "image/bmp",
    ),
    "word-document word-documents word-dokument word-dokumente": (
        _WORD, "application/msword", "application/vnd.oasis.opendocument.text",
    ),
}  # fmt: skip


def _kinds() -> dict[str, DocumentKind]:
    found = {word: DocumentKind() for word in _ANY.split()}
    for line in _WORDS:
        found |= dict.fromkeys(line.split(), DocumentKind(frozenset(line.split())))
    for line, mimes in _BY_TYPE.items():
        found |= dict.fromkeys(line.split(), DocumentKind(mimes=mimes))
    return found


KINDS = _kinds()
"""Every word for a kind of document, in small letters, with what it means."""
