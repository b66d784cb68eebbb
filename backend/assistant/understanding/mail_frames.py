"""Which intent a command about mail has."""

from backend.assistant.understanding.acts import LOOKING
from backend.assistant.understanding.cues import Cues
from backend.assistant.understanding.intents import Intent
from backend.assistant.understanding.judged import GUESS, LIKELY, SURE, Judged, Shape
from backend.assistant.understanding.language import Cue


def mail(cues: Cues, shape: Shape, act: Cue | None) -> Judged | None:
    mailed = cues.has(Cue.MAIL)
    if Cue.BY_MAIL in cues and act in {Cue.SHOW, Cue.SEND, Cue.CREATE, None}:
        return Judged(Intent.MAIL_SEND, LIKELY)
    if act is Cue.REPLY_ALL:
        return Judged(Intent.MAIL_REPLY_ALL, SURE)
    if Cue.NOTIFY in cues and mailed and act is not Cue.SEND:
        return Judged(Intent.MAIL_QUERY, LIKELY)  # "let me know when I get an email from Anna"
    if act is Cue.SEND and cues.has(Cue.REPLY, Cue.RESPOND) and Cue.INVITATION not in cues:
        return Judged(Intent.MAIL_REPLY, LIKELY)
    answered = act is Cue.REPLY or (
        act is Cue.RESPOND and (mailed or Cue.MESSAGE in cues or (cues.opens(Cue.RESPOND) and _says_whom(cues)))
    )
    if answered and Cue.INVITATION not in cues and (mailed or Cue.FOREIGN not in cues):
        return Judged(Intent.MAIL_REPLY, SURE if mailed else LIKELY)
    if act is Cue.FORWARD and (mailed or (cues.has(Cue.MESSAGE, Cue.THIS, Cue.TO) and Cue.FOREIGN not in cues)):
        return Judged(Intent.MAIL_FORWARD, SURE if mailed else LIKELY)
    if not mailed:
        return _messages(cues, shape, act)
    known = (Cue.SAYING, Cue.ABOUT, Cue.FROM, Cue.NEW, Cue.SEND, Cue.RECEIVED, Cue.REPLIED)
    written = cues.opens(Cue.MAIL_VERB) and not cues.covering(1, Cue.SELF)
    if Cue.FOREIGN in cues and not cues.has(*known) and not written:
        return None
    if cues.opens(Cue.MAIL_VERB) and not cues.has(Cue.RECEIVED):
        looked = act in {Cue.SHOW, Cue.FIND, Cue.READ} and shape.words <= 3
        if looked or shape.words == 1 or cues.covering(1, Cue.FROM):
            return Judged(Intent.MAIL_QUERY, LIKELY)
        return Judged(Intent.MAIL_SEND, SURE)
    if cues.has(Cue.CALENDAR) and act is not Cue.SEND:
        return None
    return _act_on_mail(cues, shape, act)


def _says_whom(cues: Cues) -> bool:
    """Whether an answer has a receiver or a text: "respond to Anna", "answer yes"."""
    hit = cues.first(Cue.RESPOND)
    last = 1 if hit is None else max(found.last for found in cues.all(Cue.RESPOND) if found.first == 0)
    return not cues.covering(last, Cue.SELF) and (cues.has(Cue.TO, Cue.SAYING) or cues.covering(last, Cue.YES_NO))


def _messages(cues: Cues, shape: Shape, act: Cue | None) -> Judged | None:
    """Messages, threads and answers, which may be mail."""
    if cues.has(Cue.FOREIGN):
        return None
    if Cue.REPLIED in cues and act in {Cue.ASK, Cue.SHOW, Cue.FIND}:
        return Judged(Intent.MAIL_QUERY, LIKELY)
    if act is Cue.DRAFT:
        return Judged(Intent.MAIL_DRAFT, LIKELY)
    if cues.opens(Cue.WRITE_TO) and Cue.REMIND not in cues:
        return Judged(Intent.MAIL_SEND, LIKELY)
    if act is Cue.RESPOND and shape.words == 1:
        return Judged(Intent.MAIL_REPLY, LIKELY)
    if act is Cue.SEND and Cue.TO in cues and cues.covering(1, Cue.THIS):
        return Judged(Intent.MAIL_SEND, GUESS)
    if Cue.MESSAGE not in cues:
        return None
    if act is Cue.FIND:
        return Judged(Intent.MAIL_SEARCH, LIKELY)
    if act in {Cue.SEND, Cue.CREATE, Cue.READ} and Cue.TO in cues and not cues.has(Cue.RECEIVED, Cue.FROM):
        return Judged(Intent.MAIL_SEND, LIKELY)
    if act is Cue.SUMMARISE:
        return Judged(Intent.MAIL_SUMMARISE, LIKELY)
    if act is Cue.FLAG and cues.has(Cue.FLAG):
        return Judged(Intent.MAIL_FLAG, LIKELY)
    return Judged(Intent.MAIL_QUERY, GUESS) if cues.has(Cue.NEW, Cue.RECEIVED) and act in {*LOOKING, None} else None


def _act_on_mail(cues: Cues, shape: Shape, act: Cue | None) -> Judged:
    simple = {
        Cue.DRAFT: Intent.MAIL_DRAFT,
        Cue.REPLY: Intent.MAIL_REPLY,
        Cue.FORWARD: Intent.MAIL_FORWARD,
        Cue.SUMMARISE: Intent.MAIL_SUMMARISE,
        Cue.REMOVE: Intent.MAIL_DELETE,
        Cue.FIND: Intent.MAIL_SEARCH,
        Cue.ARCHIVE: Intent.MAIL_MOVE,
        Cue.MOVE: Intent.MAIL_MOVE,
        Cue.FLAG: Intent.MAIL_FLAG,
    }
    if cues.has(Cue.REPLY, Cue.RESPOND) and not cues.opens(Cue.ASK):
        return Judged(Intent.MAIL_REPLY, LIKELY)
    if act in simple:
        return Judged(simple[act], SURE)
    if act is Cue.ASK:
        return Judged(Intent.MAIL_QUERY, SURE)
    addressed = cues.has(Cue.TO) and not cues.has(Cue.RECEIVED, Cue.FROM)
    if act is Cue.READ:
        first = cues.first(Cue.MAIL)
        fresh = first is not None and (cues.covering(first.first - 1, Cue.ONE_NEW) or cues.has(Cue.NEW))
        if fresh and addressed:
            return Judged(Intent.MAIL_SEND, LIKELY)
        return Judged(Intent.MAIL_QUERY if Cue.ALL in cues else Intent.MAIL_READ, LIKELY)
    if act is Cue.CREATE and cues.opens(Cue.NEW) and not addressed:
        return Judged(Intent.MAIL_QUERY, LIKELY)
    if act in {Cue.SEND, Cue.CREATE}:
        return Judged(Intent.MAIL_SEND, SURE if act is Cue.SEND else LIKELY)
    if act is Cue.HAVE and cues.has(Cue.MAIL_VERB) and not cues.has(Cue.RECEIVED, Cue.NEW):
        return Judged(Intent.MAIL_SEND, LIKELY)
    if act is None and cues.has(Cue.TO, Cue.SAYING) and not cues.has(Cue.RECEIVED, Cue.FROM, Cue.NEW):
        return Judged(Intent.MAIL_SEND, LIKELY)
    return Judged(Intent.MAIL_QUERY, LIKELY)
