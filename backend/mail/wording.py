"""What is said of mail actions, in the languages of users."""

from collections.abc import Mapping, Sequence

_ENGLISH: Mapping[str, str] = {
    "mail.send": "Send a mail to {people}: {subject}.",
    "mail.draft": "Write a draft to {people}: {subject}.",
    "mail.draft.nobody": "Write a draft: {subject}.",
    "mail.reply": "Answer {people}: {subject}.",
    "mail.reply_all": "Answer all, {people}: {subject}.",
    "mail.forward": "Forward “{original}” to {people}.",
    "mail.flag.seen": "Mark “{original}” as read.",
    "mail.flag.unseen": "Mark “{original}” as unread.",
    "mail.flag.flagged": "Mark “{original}” as important.",
    "mail.flag.unflagged": "Take the mark from “{original}”.",
    "mail.move": "Move “{original}” to {folder}.",
    "mail.delete": "Put “{original}” into the trash.",
    "mail.save_attachment": "Save {name} to {folder}.",
    "done.sent": "The mail to {people} was sent.",
    "done.sent.unfiled": "The mail to {people} was sent. No copy could be put into the folder of sent mail.",
    "done.draft": "The draft is saved.",
    "done.flag.seen": "“{original}” is marked as read.",
    "done.flag.unseen": "“{original}” is marked as unread.",
    "done.flag.flagged": "“{original}” is marked as important.",
    "done.flag.unflagged": "“{original}” is not marked any more.",
    "done.move": "“{original}” is in {folder} now.",
    "done.delete": "“{original}” is in the trash.",
    "done.save_attachment": "The file is saved: {path}.",
    "undone.draft": "The draft is removed.",
    "undone.flag": "The mark is as it was.",
    "undone.move": "“{original}” is back in {folder}.",
    "warn.no_subject": "It has no subject.",
    "warn.empty": "It has no text.",
    "warn.elsewhere": "The answer does not go to {sender}, who wrote the mail.",
    "subject.none": "without a subject",
    "subject.some": "“{subject}”",
    "nameless": "without a subject",
    "and": "and",
    "others": "{people} and {count} others",
    "account": "From",
    "to": "To",
    "cc": "Copy",
    "bcc": "Blind copy",
    "subject": "Subject",
    "body": "Text",
    "quote": "With the mail that is answered",
    "attachments": "Attachments",
    "mail": "Mail",
    "flag": "Mark",
    "folder": "Folder",
    "name": "Name",
    "flag.seen": "read",
    "flag.unseen": "unread",
    "flag.flagged": "important",
    "flag.unflagged": "not important",
    "quote.intro": "On {date}, {sender} wrote:",
    "forward.title": "Forwarded message",
    "forward.labels": "From|Date|Subject|To",
}

_GERMAN: Mapping[str, str] = {
    "mail.send": "Mail an {people} senden: {subject}.",
    "mail.draft": "Entwurf an {people} schreiben: {subject}.",
    "mail.draft.nobody": "Entwurf schreiben: {subject}.",
    "mail.reply": "{people} antworten: {subject}.",
    "mail.reply_all": "Allen antworten, {people}: {subject}.",
    "mail.forward": "„{original}“ an {people} weiterleiten.",
    "mail.flag.seen": "„{original}“ als gelesen markieren.",
    "mail.flag.unseen": "„{original}“ als ungelesen markieren.",
    "mail.flag.flagged": "„{original}“ als wichtig markieren.",
    "mail.flag.unflagged": "Die Markierung von „{original}“ entfernen.",
    "mail.move": "„{original}“ nach {folder} verschieben.",
    "mail.delete": "„{original}“ in den Papierkorb legen.",
    "mail.save_attachment": "{name} in {folder} speichern.",
    "done.sent": "Die Mail an {people} wurde gesendet.",
    "done.sent.unfiled": "Die Mail an {people} wurde gesendet. Eine Kopie bei den gesendeten Mails war nicht möglich.",
    "done.draft": "Der Entwurf ist gespeichert.",
    "done.flag.seen": "„{original}“ ist als gelesen markiert.",
    "done.flag.unseen": "„{original}“ ist als ungelesen markiert.",
    "done.flag.flagged": "„{original}“ ist als wichtig markiert.",
    "done.flag.unflagged": "„{original}“ ist nicht mehr markiert.",
    "done.move": "„{original}“ ist jetzt in {folder}.",
    "done.delete": "„{original}“ liegt im Papierkorb.",
    "done.save_attachment": "Die Datei ist gespeichert: {path}.",
    "undone.draft": "Der Entwurf ist entfernt.",
    "undone.flag": "Die Markierung ist wie vorher.",
    "undone.move": "„{original}“ ist wieder in {folder}.",
    "warn.no_subject": "Sie hat keinen Betreff.",
    "warn.empty": "Sie hat keinen Text.",
    "warn.elsewhere": "Die Antwort geht nicht an {sender}, von wo die Mail kam.",
    "subject.none": "ohne Betreff",
    "subject.some": "„{subject}“",
    "nameless": "ohne Betreff",
    "and": "und",
    "others": "{people} und {count} weitere",
    "account": "Von",
    "to": "An",
    "cc": "Kopie",
    "bcc": "Blindkopie",
    "subject": "Betreff",
    "body": "Text",
    "quote": "Mit der beantworteten Mail",
    "attachments": "Anhänge",
    "mail": "Mail",
    "flag": "Markierung",
    "folder": "Ordner",
    "name": "Name",
    "flag.seen": "gelesen",
    "flag.unseen": "ungelesen",
    "flag.flagged": "wichtig",
    "flag.unflagged": "nicht wichtig",
    "quote.intro": "Am {date} schrieb {sender}:",
    "forward.title": "Weitergeleitete Nachricht",
    "forward.labels": "Von|Datum|Betreff|An",
}

# Names that are said one by one.
_NAMED = 3


def say(language: str, what: str, **values: str) -> str:
    """A sentence or word in a user's language, English where there is no other."""
    return (_GERMAN if language.startswith("de") else _ENGLISH)[what].format(**values)


def say_people(language: str, names: Sequence[str]) -> str:
    """Names as they are said: "Ada, Bob and Carl", "Ada, Bob, Carl and 4 others"."""
    if len(names) > _NAMED + 1:
        return say(language, "others", people=", ".join(names[:_NAMED]), count=str(len(names) - _NAMED))
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {say(language, 'and')} {names[-1]}"
