"""The words that turn taking listens for, by language: what is said while listening, what stops, what is unfinished."""

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class TurnWords:
    """Words and phrases of one language, in lower case and without marks.

    `backchannels`: the listener goes along, the speaker goes on. `stops`: the speaker is to stop. `answers`: whole
    answers. `unfinished`: last words that more must follow. `needy`: commands that say nothing without an object.
    """

    backchannels: frozenset[str]
    stops: frozenset[str]
    answers: frozenset[str]
    unfinished: frozenset[str]
    needy: frozenset[str]


def _phrases(text: str) -> frozenset[str]:
    """Comma-separated, over any number of lines."""
    return frozenset(" ".join(phrase.split()) for phrase in text.split(",") if phrase.strip())


_ENGLISH = TurnWords(
    backchannels=_phrases("""
        yeah, yep, yes, yup, ya, okay, ok, o k, right, alright, all right, sure, fine, good, great, nice, cool, perfect,
        mm, mhm, hm, hmm, mm hm, mm hmm, uh huh, mmm, uh, um, ah, aha, oh, oh okay, wow, really, i see, got it, gotcha,
        exactly, indeed, true, of course, that's right, that's true, thanks, thank you, understood, makes sense, wonderful,
        interesting, very good, very well
    """),
    stops=_phrases("""
        stop, stop it, wait, hold on, hang on, no, nope, cancel, quiet, be quiet, shut up, enough, that's enough, pause,
        excuse me, one moment, just a moment, one second, hey, listen, never mind, forget it, sorry, pardon, silence, hush,
        not that, wrong, that's wrong, actually, but, what, repeat, again, next, skip, back, go back, help, please stop
    """),
    answers=_phrases("""
        yes, yeah, yep, yup, no, nope, okay, ok, sure, stop, cancel, confirm, correct, right, never mind, forget it, help,
        yes please, no thanks, no thank you, thanks, thank you, do it, go ahead, that's right, that's wrong, exactly,
        of course, not now, undo, repeat that, again, goodbye, bye, hello, the first one, the second one, the third one,
        the first, the second, the third, both, neither, none, all of them
    """),
    unfinished=_phrases("""
        a, an, the, my, your, his, her, its, our, their, this, these, those, some, any, every, each, another, other,
        and, or, but, nor, so, because, if, when, while, although, unless, until, since, than, as, whether, that, which, who,
        whose, where, to, of, in, on, at, by, for, from, with, without, about, into, between, after, before, during, through,
        over, under, against, via, per, is, are, was, were, be, been, am, have, has, had, do, does, did, will, would, can,
        could, should, shall, may, might, must, i, we, he, they, let, let's, i'm, i'd, i'll, not, very, really, quite, more,
        um, uh, er, erm, like, please, doctor, dr, mister, mr, mrs, ms, professor, called, named, titled, saying, regarding,
        concerning, next, last, half, quarter, subject, it's, what's, there's, also, then, maybe, what, how, why
    """),
    needy=_phrases("""
        add, create, make, schedule, book, plan, set, set up, put, move, change, reschedule, shift, send, write, mail, email,
        call, invite, remind me, find, search, look up, show, show me, open, read, tell me, tell, give me, get, rename,
        delete, remove, ask, reply, answer, forward, arrange, find me, i need, i want, i'd like, what about, how about
    """),
)

_GERMAN = TurnWords(
    backchannels=_phrases("""
        ja, jo, jap, jep, ja ja, genau, okay, ok, o k, gut, sehr gut, prima, super, schön, klar, alles klar, richtig, stimmt,
        mm, mhm, hm, hmm, mm hm, aha, ah, ach, ach so, oh, so, verstehe, ich verstehe, verstanden, sicher, natürlich, eben,
        ach ja, danke, interessant, wirklich, echt, na gut, na klar, in ordnung, toll, wunderbar, perfekt, passt, äh, ähm
    """),
    stops=_phrases("""
        stopp, stop, halt, warte, warten, moment, einen moment, moment mal, nein, nee, nö, abbrechen, abbruch, ruhe, still,
        sei still, aufhören, hör auf, genug, das reicht, es reicht, pause, entschuldigung, sekunde, eine sekunde, hey,
        hör zu, egal, vergiss es, falsch, das ist falsch, aber, was, wie bitte, nochmal, noch mal, weiter, zurück, hilfe,
        schluss, anders, eigentlich
    """),
    answers=_phrases("""
        ja, jo, jep, nein, nee, nö, okay, ok, klar, stopp, stop, halt, abbrechen, bestätigen, richtig, falsch, genau, stimmt,
        ja bitte, ja gerne, nein danke, danke, egal, vergiss es, hilfe, mach das, mach es, auf keinen fall, natürlich, sicher,
        nicht jetzt, rückgängig, nochmal, noch mal, tschüss, hallo, den ersten, den zweiten, den dritten, die erste,
        die zweite, die dritte, das erste, das zweite, das dritte, beide, beides, keinen, keine, alle, in ordnung
    """),
    unfinished=_phrases("""
        ein, eine, einen, einem, einer, eines, der, die, das, den, dem, des, mein, meine, meinen, meinem, meiner, dein, deine,
        sein, seine, ihr, ihre, ihren, unser, unsere, unseren, diese, diesen, diesem, dieser, jeden, jede, jeder,
        kein, keine, keinen, und, oder, aber, sondern, weil, wenn, dass, ob, damit, während, obwohl, bis, als, wie, denn,
        mit, ohne, von, vom, zu, zum, zur, bei, beim, nach, vor, seit, für, gegen, durch, über, unter, zwischen, in, im,
        ins, am, an, auf, aus, wegen, trotz, per, ist, sind, war, waren, hat, habe, haben, wird, werde, werden, kann, könnte,
        kannst, soll, sollte, muss, möchte, will, darf, ich, wir, er, nicht, sehr, noch, auch, dann, vielleicht, äh, ähm,
        bitte, doktor, dr, frau, herr, herrn, professor, namens, betreff, nächste, nächsten, nächster, letzte, letzten, halb,
        viertel, was, wer, wann, wo, warum, welche, welcher, welches, um, gegen, ab
    """),
    needy=_phrases("""
        erstelle, erstell, mach, mache, plane, plan, buche, buch, trag, trage, setz, setze, leg, lege, verschieb, verschiebe,
        ändere, änder, schick, schicke, sende, schreib, schreibe, ruf, lade, erinnere mich, erinner mich, finde, such, suche,
        zeig, zeige, zeig mir, zeige mir, öffne, lies, sag mir, gib mir, lösch, lösche, frag, frage, antworte, ich brauche,
        ich will, ich möchte, ich hätte gern, was ist mit, wie wäre es mit
    """),
)

_BY_LANGUAGE = {"en": _ENGLISH, "de": _GERMAN}


def turn_words(language: str) -> TurnWords:
    """The words of a language (ISO 639-1); of English for one that we have none of."""
    return _BY_LANGUAGE.get(language[:2].casefold(), _ENGLISH)


@lru_cache(maxsize=64)
def plain(transcript: str) -> tuple[str, ...]:
    """The words as the lists have them: lower case, without marks other than an apostrophe within."""
    kept = "".join(mark if mark.isalnum() or mark == "'" else " " for mark in transcript.casefold().replace("’", "'"))
    return tuple(word.strip("'") for word in kept.split() if word.strip("'"))


def made_of(words: tuple[str, ...], phrases: frozenset[str]) -> bool:
    """Whether the words are some of the phrases, one after the other ("yeah okay i see"), and nothing else."""
    if not words:
        return True
    return any(
        " ".join(words[:count]) in phrases and made_of(words[count:], phrases)
        for count in range(1, min(3, len(words)) + 1)
    )
