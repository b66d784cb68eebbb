"""The words that turn taking listens for, by language: what is said while listening, what stops, what is unfinished."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import jellyfish
from rapidfuzz import fuzz


@dataclass(frozen=True, slots=True)
class TurnWords:
    """Words and phrases of one language, in lower case and without marks.

    For an interruption: `backchannels` are what a listener says while the other goes on, `stops` what makes him stop.

    For the end of a turn: `answers` are whole answers. `unfinished` are last words that more must follow, `doubtful`
    those that more may follow; `needy` are commands that say nothing without an object, `polite` what may stand before
    them. `asking` begins a question, which may end with a word that nothing else ends with ("who is it from", "what do
    i have"). `parted`: beginnings of verbs ("trag") whose other half may be the last word ("ein"), with those halves.
    """

    backchannels: frozenset[str]
    stops: frozenset[str]
    answers: frozenset[str]
    unfinished: frozenset[str]
    doubtful: frozenset[str]
    needy: frozenset[str]
    polite: frozenset[str]
    asking: frozenset[str]
    parted: Mapping[str, frozenset[str]]


def _phrases(text: str) -> frozenset[str]:
    """Comma-separated, over any number of lines."""
    return frozenset(" ".join(phrase.split()) for phrase in text.split(",") if phrase.strip())


_ENGLISH = TurnWords(
    backchannels=_phrases("""
        yeah, yep, yes, yup, ya, okay, ok, o k, right, alright, all right, sure, fine, good, great, nice, cool,
        perfect, mm, mhm, hm, hmm, um, uh, huh, mm hm, mm hmm, um hum, uh huh, mmm, ah, aha, oh, wow, really, i see,
        got it, gotcha, exactly, indeed, true, of course, that's right, that's true, thanks, thank you, understood,
        makes sense, wonderful, interesting, very good, very well, very nice, good to know
    """),
    stops=_phrases("""
        stop, stop it, wait, hold on, hang on, no, nope, cancel, quiet, be quiet, shut up, enough, that's enough,
        pause, excuse me, one moment, just a moment, one second, hey, listen, never mind, forget it, sorry, pardon,
        silence, hush, not that, wrong, that's wrong, actually, but, what, repeat, again, next, skip, back, go back,
        help, undo, please
    """),
    answers=_phrases("""
        yes, yeah, yep, yup, no, nope, okay, ok, sure, stop, cancel, confirm, correct, right, never mind, forget it,
        help, yes please, no thanks, no thank you, thanks, thank you, do it, yes do it, go ahead, that's right,
        that's wrong, exactly, of course, not now, undo, repeat that, again, goodbye, bye, hello, the first one, the
        second one, the third one, the first, the second, the third, both, neither, none, all of them, hold on, hang
        on, go on
    """),
    unfinished=_phrases("""
        a, an, the, my, your, his, its, our, their, every, another, and, or, but, nor, because, if, although,
        unless, until, than, as, whether, whose, to, of, in, on, at, by, for, from, with, without, about, into,
        between, after, before, during, through, over, under, past, against, via, per, i, we, he, they, she, let,
        let's, i'm, i'd, i'll, very, really, quite, um, uh, er, erm, doctor, dr, mister, mr, mrs, ms, professor,
        called, named, titled, saying, regarding, concerning, it's, there's, maybe, my next, my last, the next, the
        last, half, would, could, should, must, be, i am, i will, i can, can you, could you
    """),
    doubtful=_phrases("""
        is, are, was, were, do, does, did, have, has, had, will, can, not, also, then, when, where, why, how, what,
        who, which, so, while, since, next, last, quarter, other, some, any, subject, like
    """),
    needy=_phrases("""
        add, create, make, schedule, book, plan, set, set up, put, move, change, reschedule, shift, send, write,
        mail, email, call, invite, remind me, find, search, look up, show, show me, open, read, tell me, tell, give
        me, get, rename, delete, remove, ask, reply, answer, forward, arrange, find me, i need, i want, i'd like,
        what about, how about, make it, send an email, send a mail, write an email
    """),
    polite=_phrases("please, can, could, would, will, you, now, okay, then, and, just"),
    asking=_phrases("what, who, where, when, which, why, how, what's, who's, where's, is, are, was, were"),
    parted={},
)

_GERMAN = TurnWords(
    backchannels=_phrases("""
        ja, jo, jap, jep, genau, okay, ok, o k, gut, sehr gut, prima, super, schön, klar, alles klar, richtig,
        stimmt, mm, mhm, hm, hmm, mm hm, aha, ah, ach, ach so, oh, so, verstehe, ich verstehe, verstanden, sicher,
        natürlich, eben, danke, interessant, wirklich, echt, na gut, na klar, in ordnung, toll, wunderbar, perfekt,
        passt, äh, ähm
    """),
    stops=_phrases("""
        stopp, stop, halt, warte, warten, moment, einen moment, moment mal, nein, nee, nö, abbrechen, abbruch, ruhe,
        still, sei still, aufhören, hör auf, genug, das reicht, es reicht, pause, entschuldigung, sekunde, eine
        sekunde, hey, hör zu, egal, vergiss es, falsch, das ist falsch, aber, was, wie bitte, nochmal, noch mal,
        weiter, zurück, hilfe, schluss, anders, eigentlich, bitte, mal, doch
    """),
    answers=_phrases("""
        ja, jo, jep, nein, nee, nö, okay, ok, klar, stopp, stop, halt, abbrechen, bestätigen, richtig, falsch,
        genau, stimmt, ja bitte, ja gerne, nein danke, danke, egal, vergiss es, hilfe, mach das, mach es, ja mach
        das, auf keinen fall, natürlich, sicher, nicht jetzt, rückgängig, nochmal, noch mal, tschüss, hallo, den
        ersten, den zweiten, den dritten, die erste, die zweite, die dritte, das erste, das zweite, das dritte,
        beide, beides, keinen, keine, alle, in ordnung
    """),
    unfinished=_phrases("""
        ein, eine, einen, einem, einer, eines, der, die, den, dem, des, mein, meine, meinen, meinem, meiner, dein,
        deine, deinen, sein, seine, seinen, ihre, ihren, ihrem, unser, unsere, unseren, unserem, diesen, diesem,
        jeden, jede, jeder, keinen, und, oder, aber, sondern, weil, wenn, dass, ob, während, obwohl, bis, als, denn,
        mit, ohne, von, vom, zu, zum, zur, bei, beim, nach, vor, seit, für, gegen, durch, über, unter, zwischen, in,
        im, ins, am, an, auf, aus, um, ab, wegen, trotz, per, sehr, vielleicht, äh, ähm, doktor, dr, frau, herr,
        herrn, professor, namens, betreff, nächsten, nächste, letzten, letzte, halb, kannst du, könntest du, ich
        möchte, ich will
    """),
    doubtful=_phrases("""
        ich, wir, ist, sind, war, waren, hat, habe, haben, wird, werde, werden, kann, soll, muss, möchte, will,
        darf, nicht, noch, auch, dann, wie, was, wer, wann, wo, warum, welche, welcher, welches, viertel, damit,
        kein, diese, dieser
    """),
    needy=_phrases("""
        erstelle, erstell, mach, mache, plane, plan, buche, buch, trag, trage, setz, setze, leg, lege, verschieb,
        verschiebe, ändere, änder, schick, schicke, sende, schreib, schreibe, ruf, lade, erinnere mich, erinner
        mich, finde, such, suche, zeig, zeige, zeig mir, zeige mir, öffne, lies, sag mir, gib mir, lösch, lösche,
        frag, frage, antworte, ich brauche, ich hätte gern, was ist mit, wie wäre es mit
    """),
    polite=_phrases("bitte, kannst, könntest, würdest, du, mal, jetzt, okay, dann, und, mir"),
    asking=_phrases("was, wer, wo, wann, wie, warum, welche, welcher, welches, welchen, wem, wen, wohin, woher, ob"),
    parted={
        "trag": _phrases("ein, nach"),
        "lad": _phrases("ein, aus"),
        "sag": _phrases("ab, zu, an"),
        "ruf": _phrases("an"),
        "leg": _phrases("an, ab"),
        "mach": _phrases("auf, zu, an, aus"),
        "lies": _phrases("vor"),
        "les": _phrases("vor"),
        "schlag": _phrases("vor, nach"),
        "nimm": _phrases("an, auf, mit"),
        "stell": _phrases("ein, vor, um, aus"),
        "setz": _phrases("an, ab, auf"),
        "füg": _phrases("an, ein"),
        "such": _phrases("aus"),
        "schick": _phrases("ab, mit"),
        "zeig": _phrases("an"),
        "benenn": _phrases("um"),
        "änder": _phrases("ab, um"),
        "hör": _phrases("auf, zu"),
        "schau": _phrases("nach"),
        "schreib": _phrases("auf, mit"),
        "plan": _phrases("ein"),
        "kopier": _phrases("ein"),
        "fang": _phrases("an"),
        "brich": _phrases("ab"),
        "find": _phrases("statt"),
        "steh": _phrases("an"),
    },
)

_BY_LANGUAGE = {"en": _ENGLISH, "de": _GERMAN}


def turn_words(language: str) -> TurnWords:
    """The words of a language (ISO 639-1); those of English for a language that we have none of."""
    return _BY_LANGUAGE.get(language[:2].casefold(), _ENGLISH)


@lru_cache(maxsize=64)
def plain(transcript: str) -> tuple[str, ...]:
    """The words as the lists have them: lower case, without marks other than an apostrophe within."""
    text = transcript.lower().replace("’", "'")
    kept = "".join(mark if mark.isalnum() or mark == "'" else " " for mark in text)
    return tuple(word.strip("'") for word in kept.split() if word.strip("'"))


_LONGEST_PHRASE = 4


def made_of(words: tuple[str, ...], phrases: frozenset[str]) -> bool:
    """Whether the words are some of the phrases, one after the other ("yeah okay i see"), and nothing else."""
    reached = {0}
    for start in range(len(words)):
        if start in reached:
            ends = range(start + 1, min(start + _LONGEST_PHRASE, len(words)) + 1)
            reached.update(end for end in ends if " ".join(words[start:end]) in phrases)
    return len(words) in reached


def ends_with(words: tuple[str, ...], phrases: frozenset[str]) -> bool:
    """Whether the last words are one of the phrases."""
    return any(" ".join(words[-count:]) in phrases for count in range(1, min(_LONGEST_PHRASE, len(words)) + 1))


def alike(words: tuple[str, ...], phrases: frozenset[str]) -> float:
    """How much the words sound, and are spelt, like the likest of the phrases: percent."""
    text = " ".join(words)
    sound = _sound(text)
    return max((fuzz.ratio(text, phrase) + fuzz.ratio(sound, _sound(phrase))) / 2 for phrase in phrases)


@lru_cache(maxsize=1024)
def _sound(text: str) -> str:
    """As English ears have it; good enough for the short phrases of other languages."""
    return jellyfish.metaphone(text).replace(" ", "")
