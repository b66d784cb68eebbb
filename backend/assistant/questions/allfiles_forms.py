"""How questions about all files are put, in English and German: forms with a place for the kind and the subject."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from backend.assistant.questions.kinds import KINDS

Task = Literal["list", "count", "summary"]


@dataclass(frozen=True, slots=True)
class Form:
    """A way of asking. `near`: what comes near to the subject in meaning counts as well, since it asks "about"."""

    task: Task
    pattern: re.Pattern[str]
    near: bool = False


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of one language, tried in order. `by_time`: words that ask for the order of time. `behind`: words
    behind a subject that only say where to look.
    """

    forms: tuple[Form, ...]
    by_time: re.Pattern[str]
    behind: re.Pattern[str]


def _one_of(words: Iterable[str]) -> str:
    return "(?P<kind>" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + ")"


_KIND = _one_of(KINDS)
# "Which letter mentions it?" asks for one answer, "which letters" for all.
_KINDS = _one_of(word for word in KINDS if word.endswith("s"))
_SUBJECT = "(?P<subject>.+)"
_WHEN = "(?P<when> <from> .+?)"


def _form(row: tuple[Task, bool, str], parts: dict[str, str]) -> Form:
    task, near, pattern = row
    pattern = pattern.replace("<when>", _WHEN)
    for name, part in parts.items():
        pattern = pattern.replace(f"<{name}>", part)
    pattern = pattern.replace("<KIND>", _KIND).replace("<KINDS>", _KINDS).replace("<SUBJECT>", _SUBJECT)
    return Form(task, re.compile(pattern, re.IGNORECASE), near)


def _forms(parts: dict[str, str], rows: Iterable[tuple[Task, bool, str]]) -> tuple[Form, ...]:
    """The forms of one language: task, whether nearness counts, and the pattern with the names of `parts` in it."""
    return tuple(_form(row, parts) for row in rows)


_EN = {
    "show": r"(?:list|show|find|give|name|get)(?: me)? (?:all|every|each|a list of(?: all)?)",
    "there": r"(?: do (?:i|we) have| have (?:i|we)(?: got)?| are there| did (?:i|we) (?:get|receive|write|send))",
    "sum": r"(?:summari[sz]e|sum up|give me (?:a summary|an overview) of|(?:a )?summary of|(?:an )?overview of)",
    "please": r"(?:please |can you |could you |would you )?",
    "my": r"(?:(?:of )?(?:all )?(?:of )?(?:my |our |the |these |those )?)",
    "have": r"(?:(?: that| which)? (?:i|we) (?:have|know)(?: got)?| there (?:is|are))?",
    "mention": r"(?:mention|mentions|mentioned|mentioning|name|names|refer to|refers to|contain|contains|containing|"
    r"say|include|includes|including|speak of|speaks of|have the words?|with the words?)",
    "about": r"(?:about|regarding|concerning|on the subject of|on|that are about|which are about|dealing with|"
    r"that deal with|that discuss|discussing|that talk about|talking about|to do with|related to)",
    "talk": r"(?:talk about|talks about|speak about|discuss|discusses|deal with|deals with|are about|is about|are on|"
    r"cover|covers|concern|concerns|say (?:something|anything) about|have (?:something|anything) (?:about|on)|"
    r"describe|describes)",
    "from": r"(?:from|of|dated|since|before|after|between|until|written|sent|received|in|that are from|which are from)",
}
_ENGLISH = Forms(
    forms=_forms(
        _EN,
        (
            ("list", False, r"(?:and )?(?:which|what) <my><KINDS><when>?<have>(?: that| which)? <mention> <SUBJECT>"),
            ("list", True, r"(?:and )?(?:which|what) <my><KINDS><when>?<have>(?: that| which)? <talk> <SUBJECT>"),
            ("list", True, r"(?:which|what) <my><KINDS><when>?<there> <about> <SUBJECT>"),
            ("list", False, r"(?:which|what) <my><KINDS><when>?<there> (?P<subject><from> .+)"),
            ("list", False, r"(?:which|what) <my><KINDS><when>?<there>"),
            ("list", False, r"in (?:which|what) <my><KINDS> (?:is|are|was|were|do|does|did) <SUBJECT> "
                            r"(?:mentioned|named|discussed|described|appear|appears|occur|occurs|come up)"),
            ("list", False, r"<please><show> <my><KIND><have>(?:,)?(?: that| which|where)? <mention> <SUBJECT>"),
            ("list", True, r"<please><show> <my><KIND><have> <about> <SUBJECT>"),
            ("list", False, r"<please><show> <my><KIND><have>(?P<subject> <from> .+)?"),
            ("count", False, r"how many <my><KINDS><when>?<have><there>?(?: that| which)? <mention> <SUBJECT>"),
            ("count", True, r"how many <my><KINDS><when>?<have><there>?(?: that| which)? (?:<talk>|<about>) <SUBJECT>"),
            ("count", False, r"how many <my><KINDS><when>?(?:<there>| are)(?P<subject> <from> .+)?"),
            ("summary", True, r"<please>(?:<sum>|tell me|what is) (?:everything|all|all of it|anything)(?: in)?"
                              r"(?: my| our| the)?(?: files| documents)?<have>"
                              r"(?: that (?:is|was) (?:known|written|said))? <about> <SUBJECT>"),
            ("summary", True, r"<please><sum> (?:all |every )(?:of )?(?:my |our |the )?<KIND><have> <about> <SUBJECT>"),
            ("summary", True, r"what do (?:all (?:of )?)(?:my |our |the )?<KIND> say (?:altogether )?about <SUBJECT>"),
            ("summary", True, r"everything (?:(?:i|we) (?:have|know) )?(?:in my files )?(?:about|on) <SUBJECT>"),
        ),
    ),
    by_time=re.compile(
        r",? ?(?:and )?\b(?:over time|in order of (?:time|date)|in chronological order|chronologically|by date|by time|"
        r"as a timeline|in the order of (?:their )?dates?)\b",
        re.IGNORECASE,
    ),
    behind=re.compile(r",? (?:(?:in|among|anywhere in) (?:all )?(?:of )?(?:my|our|the|these) (?:files|documents)|"
                      r"at all|in them)$", re.IGNORECASE),
)  # fmt: skip

_DE = {
    "show": r"(?:liste|zeige?|nenne?|finde|gib|such)(?: mir)?(?: bitte)? alle",
    "please": r"(?:bitte |kannst du |können sie )?",
    "my": r"(?:(?:von |aller |alle |all )?(?:meinen |meiner |meine |unseren |unserer |unsere |den |der |die )?)",
    "mention": r"(?:erwähnen|nennen|enthalten|beinhalten|sprechen von)",
    "talk": r"(?:handeln von|behandeln|beschreiben|betreffen|sagen etwas (?:über|zu|zum|zur)|befassen sich mit)",
    "about": r"(?:zum thema|über|zum|zur|zu|bezüglich|betreffend|wegen|rund um)",
    "from": r"(?:von|vom|aus|seit|vor|nach|zwischen|bis|im)",
    "have": r"(?: gibt es| habe ich| haben wir| liegen vor)?",
}
_GERMAN = Forms(
    forms=_forms(
        _DE,
        (
            ("list", False, r"(?:und )?welche <my><KIND><when>? <mention> <SUBJECT>"),
            ("list", True, r"(?:und )?welche <my><KIND><when>? <talk> <SUBJECT>"),
            ("list", True, r"welche <my><KIND><when>? (?:gibt es|habe ich|haben wir) <about> <SUBJECT>"),
            ("list", False, r"welche <my><KIND> (?:habe ich|haben wir)(?P<subject> <from> .+)? "
                            r"(?:bekommen|erhalten|geschrieben)"),
            ("list", False, r"welche <my><KIND><when>? (?:gibt es|habe ich|haben wir) (?P<subject><from> .+)"),
            ("list", False, r"welche <my><KIND><when>? (?:gibt es|habe ich|haben wir)"),
            ("list", False, r"in welchen <my><KIND> (?:wird|werden|ist|sind|kommt|kommen|steht|stehen) <SUBJECT> "
                            r"(?:erwähnt|genannt|vor|behandelt|beschrieben)"),
            ("list", True, r"in welchen <my><KIND> geht es um <SUBJECT>"),
            ("list", False, r"<please><show> <my><KIND>(?: auf)?,? die <SUBJECT> (?:erwähnen|nennen|enthalten)(?: "
                            r"auf)?"),
            ("list", True, r"<please><show> <my><KIND>(?: auf)? <about> (?P<subject>.+?)(?: auf)?"),
            ("list", False, r"<please><show> <my><KIND>(?: auf)?(?P<subject> <from> .+?)?(?: auf)?"),
            ("count", False, r"wie viele <my><KIND><when>? <mention> <SUBJECT>"),
            ("count", True, r"wie viele <my><KIND>(?: <talk>|<have> <about>) <SUBJECT>"),
            ("count", False, r"wie viele <my><KIND><when>(?: gibt es| habe ich| haben wir)"),
            ("count", False, r"wie viele <my><KIND>(?: gibt es| habe ich| haben wir| sind)(?P<subject> <from> .+)?"),
            ("summary", True, r"<please>fass(?:e|en sie)?(?: mir)?(?: bitte)? (?:alles|alle "
                              r"<my>(?:dateien|dokumente|unterlagen)) <about> (?P<subject>.+) zusammen"),
            ("summary", True, r"<please>(?:gib mir )?(?:eine )?(?:zusammenfassung|übersicht) (?:von allem|aller "
                              r"(?:dateien|dokumente|unterlagen)|über alles) <about> <SUBJECT>"),
            ("summary", True, r"was (?:steht|weiß ich|wissen wir|findet sich|haben wir|habe ich) alles <about> "
                              r"<SUBJECT>"),
            ("summary", True, r"(?:alles|alle informationen) <about> <SUBJECT>"),
        ),
    ),
    by_time=re.compile(
        r",? ?\b(?:im laufe der zeit|chronologisch|nach datum|der zeit nach|in zeitlicher reihenfolge)\b", re.IGNORECASE
    ),
    behind=re.compile(r",? (?:in (?:allen )?(?:meinen|unseren|den) (?:dateien|dokumenten|unterlagen)|überhaupt)$",
                      re.IGNORECASE),
)  # fmt: skip

FORMS = {"en": _ENGLISH, "de": _GERMAN}
