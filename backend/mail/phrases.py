"""How mails begin a quotation, end in a signature and warn their readers, in several languages."""

import re

# "On Monday, Ada wrote:" before a quotation. At most two lines long; the date or an address stands between.
ATTRIBUTION = re.compile(
    r"^[ \t]*(?:"
    r"on\b.{4,200}\bwrote|am\b.{4,200}\bschrieb\b.{0,120}|.{4,200}\bhat am\b.{4,120}\bgeschrieben"
    r"|.{4,200}\bschrieb am\b.{4,120}"
    r"|le\b.{4,200}\ba écrit|el\b.{4,200}\bescribió|em\b.{4,200}\bescreveu|il\b.{4,200}\bha scritto"
    r"|op\b.{4,200}\bschreef\b.{0,120}|den\b.{4,200}\bskrev\b.{0,120}|w dniu\b.{4,200}\bnapisał\(?a?\)?\b.{0,120}"
    r"|.{4,200}\bwrote on\b.{4,120}"
    r")[ \t]*:[ \t]*$",
    re.IGNORECASE | re.DOTALL,
)

# Lines after which everything is another mail.
SEPARATOR = re.compile(
    r"^[ \t]*(?:-{2,}|_{5,})[ \t]*(?:original message|forwarded message|ursprüngliche nachricht|original-nachricht"
    r"|originalnachricht|weitergeleitete nachricht|message d'origine|message transféré|mensaje original"
    r"|mensagem original|messaggio originale|oorspronkelijk bericht|ursprungligt meddelande)?"
    r"[ \t]*(?:-{2,}|_{0,80})[ \t]*$",
    re.IGNORECASE,
)

# The first lines of a header that Outlook puts over a quotation.
HEADER_FROM = re.compile(r"^[ \t*]*(?:from|von|de|da|van|från|fra|od)[ \t*]*:[ \t*]*\S", re.IGNORECASE)
HEADER_NEXT = re.compile(
    r"^[ \t*]*(?:sent|date|to|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado|para|asunto|assunto|inviato|a"
    r"|oggetto|verzonden|aan|onderwerp|skickat|till|ämne)[ \t*]*:",
    re.IGNORECASE,
)

# A signature without the "-- " that RFC 3676 asks for.
SENT_FROM = re.compile(
    r"^[ \t]*(?:sent from my|sent from mail|sent from outlook|get outlook for|von meinem|gesendet von|gesendet mit"
    r"|diese nachricht wurde von meinem|envoyé de mon|envoyé depuis|enviado desde mi|enviado do meu|inviato da"
    r"|verzonden vanaf|skickat från min)\b.{0,100}$",
    re.IGNORECASE,
)

# A paragraph that is written under every mail: one of the first and one of the second kind of words.
_CONFIDENTIAL = (
    r"confidential|privileged|intended (?:only|solely|recipient)|vertraulich|rechtlich geschützt|confidenti(?:el|ali)"
    r"|confidencial|riservat|vertrouwelijk|konfidenti"
)
_ADDRESSEE = (
    r"intended recipient|addressee|received this .{0,20}(?:in error|by mistake)|richtige[rn]? adressat|irrtümlich"
    r"|bestimmt(?:e[rn]?)? empfänger|destinataire|destinatario|destinatário|par erreur|por error|per errore"
    r"|geadresseerde|mottagare|unauthori[sz]ed|unbefugt|vernichten|think before (?:you )?print|denken sie an die umwelt"
)
DISCLAIMER = re.compile(rf"\A(?=.*(?:{_CONFIDENTIAL}))(?=.*(?:{_ADDRESSEE}))", re.IGNORECASE | re.DOTALL)
