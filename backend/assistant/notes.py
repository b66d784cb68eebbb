"""What the assistant says in its own words, in the language of the question."""

from dataclasses import dataclass

from backend.assistant.questions.language import language_of


@dataclass(frozen=True, slots=True)
class Notes:
    """The sentences of one language; what stands in braces is filled in with `str.format`.

    nothing_asked, refusal, refusal_in_scope, doubt, closest, beginning, part_refused and part_doubt stand in an answer;
    the others are notes beside one.
    """

    nothing_asked: str
    refusal: str
    refusal_in_scope: str
    doubt: str
    closest: str
    beginning: str
    part_refused: str
    part_doubt: str
    nothing_found: str
    nothing_in_scope: str
    left_out: str
    doubted: str
    unsupported: str
    repeated: str
    fell_back: str
    went_on: str
    withheld: str
    failed: str
    name_dropped: str
    period_dropped: str
    not_readable: str
    not_checked: str


_ENGLISH = Notes(
    nothing_asked="I answer from your files, but this does not say what to look for. Name what it is about, such as "
    "“When does the lease end?” or “Which letters mention the roof?”.",
    refusal="Your files do not seem to answer this.",
    refusal_in_scope="The files that you chose do not seem to answer this; others were not searched.",
    doubt="It is not certain that your files answer this.",
    closest="These passages come closest:",
    beginning="{title} begins:",
    part_refused="“{part}”: your files do not seem to answer this.",
    part_doubt="“{part}”: it is not certain that your files answer this. This passage comes closest:",
    nothing_found="Nothing in your files matches the question.",
    nothing_in_scope="Nothing in the chosen files and folders matches the question.",
    left_out="Sentences of the language model that your files do not support were left out.",
    doubted="Asked once more, the language model does not see its words before {marks} borne out by the passage.",
    unsupported="Nothing that the language model said is supported by your files.",
    repeated="The language model began to repeat itself and was stopped.",
    fell_back="The answer is picked from your files word for word.",
    went_on="What follows its checked sentences is picked from your files word for word.",
    withheld="{reason}",
    failed="{reason}",
    name_dropped="Nothing in {name} matches: all of your files were searched.",
    period_dropped="No document dated “{period}” matches: all dates were searched.",
    not_readable="This part of the answer is not shown: a file that it rests on is no longer shared with you.",
    not_checked="This part of the answer is not shown: Nextcloud could not be asked just now whether you may still "
    "read the file that it rests on. Try again soon.",
)

_GERMAN = Notes(
    nothing_asked="Ich antworte aus Ihren Dateien, doch hier steht nicht, wonach ich suchen soll. Nennen Sie, worum es "
    "geht, etwa „Wann endet der Mietvertrag?“ oder „Welche Briefe erwähnen das Dach?“.",
    refusal="Ihre Dateien scheinen das nicht zu beantworten.",
    refusal_in_scope="Die gewählten Dateien scheinen das nicht zu beantworten; andere wurden nicht durchsucht.",
    doubt="Es ist nicht sicher, ob Ihre Dateien das beantworten.",
    closest="Diese Textstellen kommen dem am nächsten:",
    beginning="So beginnt {title}:",
    part_refused="„{part}“: Ihre Dateien scheinen das nicht zu beantworten.",
    part_doubt="„{part}“: Es ist nicht sicher, ob Ihre Dateien das beantworten. Diese Textstelle kommt dem am "
    "nächsten:",
    nothing_found="Nichts in Ihren Dateien passt zu der Frage.",
    nothing_in_scope="Nichts in den gewählten Dateien und Ordnern passt zu der Frage.",
    left_out="Sätze des Sprachmodells, die Ihre Dateien nicht stützen, wurden weggelassen.",
    doubted="Noch einmal gefragt, sieht das Sprachmodell seine Worte vor {marks} von der Textstelle nicht belegt.",
    unsupported="Nichts von dem, was das Sprachmodell sagte, wird von Ihren Dateien gestützt.",
    repeated="Das Sprachmodell begann sich zu wiederholen und wurde angehalten.",
    fell_back="Die Antwort ist wörtlich Ihren Dateien entnommen.",
    went_on="Was auf seine geprüften Sätze folgt, ist wörtlich Ihren Dateien entnommen.",
    withheld="Das Sprachmodell {model} wurde nicht gefragt: Der Text darf nicht dorthin.",
    failed="Das Sprachmodell {model} hat nicht brauchbar geantwortet.",
    name_dropped="Nichts in {name} passt: Alle Ihre Dateien wurden durchsucht.",
    period_dropped="Kein Dokument von „{period}“ passt: Es wurde ohne Datum gesucht.",
    not_readable="Dieser Teil der Antwort wird nicht gezeigt: Eine Datei, auf der er beruht, wird nicht mehr mit Ihnen "
    "geteilt.",
    not_checked="Dieser Teil der Antwort wird nicht gezeigt: Nextcloud konnte eben nicht gefragt werden, ob Sie die "
    "Datei noch lesen dürfen, auf der er beruht. Versuchen Sie es gleich noch einmal.",
)

NOTES = {"en": _ENGLISH, "de": _GERMAN}


def notes_for(text: str) -> Notes:
    """Those in the language of a text of the user."""
    return NOTES[language_of(text)]
