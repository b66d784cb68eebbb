"""The second opinion: what was learnt, and how it is weighed against the rules."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.assistant.understanding import Intent, Understanding, languages
from backend.assistant.understanding.cues import Cues, Hit
from backend.assistant.understanding.frames import GUESS, LIKELY, NOTHING, SURE, Judged
from backend.assistant.understanding.language import Cue
from backend.assistant.understanding.opinion.kinds import INTENTS, KIND_OF, Kind
from backend.assistant.understanding.opinion.learn import FOLDER, VARIANTS, checksum, learn, variants
from backend.assistant.understanding.opinion.meaning import Meaning, both, meaning_of
from backend.assistant.understanding.opinion.opinion import UNIT, Opinion, opinion_of
from backend.assistant.understanding.opinion.second import settled

NOW = datetime(2026, 3, 4, 10, 0)
NO_CUES = Cues(())
OWN = Cues((Hit(Cue.MINE, 0, 1),))


def shares(kind: Kind, share: float) -> dict[Kind, float]:
    """A distribution with one kind at `share` and the rest spread evenly."""
    rest = (1 - share) / (len(Kind) - 1)
    return {one: share if one is kind else rest for one in Kind}


def test_the_weights_were_learnt_from_the_corpus_that_lies_beside_them() -> None:
    corpora = sorted(FOLDER.glob("*.commands"))
    assert corpora
    for corpus in corpora:
        for learnt in sorted(FOLDER.glob(f"{corpus.stem}.*weights")):
            first = learnt.read_text().partition("\n")[0]
            assert first == checksum(corpus.read_text()), f"{learnt.name}: run make opinion"
    assert meaning_of("en") is not None


def test_every_intent_has_a_kind() -> None:
    assert set(KIND_OF) == set(Intent)
    assert sum(map(len, INTENTS.values())) == len(Intent)


def test_a_line_of_the_corpus_stands_for_each_choice_of_its_words() -> None:
    assert variants("query|{when|where} is {my}? party") == (
        Kind.QUERY,
        ["when is my party", "when is party", "where is my party", "where is party"],
    )
    kind, many = variants("none|{a|b|c|d} {a|b|c|d} {a|b|c|d}")
    assert kind is Kind.NONE
    assert 1 < len(many) <= VARIANTS
    assert variants("none|{a|b|c|d} {a|b|c|d} {a|b|c|d}") == (kind, many)


CORPUS = "remove|{scrap|nix} the {plan|thing} {today|tomorrow}\nnone|{sing|hum} the {song|tune} {today|tomorrow}"


def test_what_is_learnt_tells_apart_what_the_corpus_does() -> None:
    opinion, english = Opinion(learn(CORPUS, "en").words), languages.get("en")
    tokens, timed, cues = Understanding(english).seen("nix the plan")
    told = opinion.of(tokens, timed, cues, english)
    assert max(told, key=told.__getitem__) is Kind.REMOVE
    assert sum(told.values()) == pytest.approx(1)


def test_what_is_learnt_of_meaning_tells_by_the_vector() -> None:
    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[1, 0] if "plan" in text or "thing" in text else [0, 1] for text in texts], dtype=np.float32)

    meaning = Meaning(np.array(learn(CORPUS, "en", embed).meaning) * UNIT)
    told = meaning.of(np.array([1, 0], dtype=np.float32))
    assert max(told, key=told.__getitem__) is Kind.REMOVE
    assert sum(told.values()) == pytest.approx(1)
    other = meaning.of(np.array([0, 1], dtype=np.float32))
    assert max(other, key=other.__getitem__) is Kind.NONE


def test_words_and_meaning_and_rules_together_are_shares_and_meaning_counts_more() -> None:
    words, meaning = shares(Kind.MAIL, 0.8), shares(Kind.SEND, 0.8)
    joined = both(words, meaning, Kind.NONE)
    assert sum(joined.values()) == pytest.approx(1)
    assert max(joined, key=joined.__getitem__) is Kind.SEND
    assert both(words, meaning, Kind.MAIL)[Kind.MAIL] > joined[Kind.MAIL]


def test_the_meaning_is_asked_only_where_rules_and_words_leave_something_open() -> None:
    asked: list[str] = []

    def embed(text: str) -> NDArray[np.float32]:
        asked.append(text)
        return np.zeros(384, dtype=np.float32)

    english = Understanding(languages.get("en"))
    english.understand("schedule a meeting with John tomorrow at three", NOW, UTC, embed)
    assert asked == []
    english.understand("please bail on the beekeepers", NOW, UTC, embed)
    assert asked == ["bail on the beekeepers"]


def test_a_language_without_a_corpus_has_no_second_opinion() -> None:
    assert opinion_of("tlh") is None
    assert meaning_of("tlh") is None


@pytest.mark.parametrize(
    ("ruled", "kind", "share", "intent"),
    [
        (NOTHING, Kind.QUERY, 0.8, Intent.CALENDAR_QUERY),
        (NOTHING, Kind.NONE, 0.99, Intent.NONE),
        (NOTHING, Kind.SEND, 0.7, Intent.NONE),
        (NOTHING, Kind.SEND, 0.99, Intent.MAIL_SEND),
        (Judged(Intent.MAIL_QUERY, SURE), Kind.NONE, 0.9, Intent.MAIL_QUERY),
        (Judged(Intent.MAIL_QUERY, SURE), Kind.SEND, 0.8, Intent.MAIL_SEND),
        (Judged(Intent.CALENDAR_CREATE, GUESS), Kind.NONE, 0.8, Intent.NONE),
        (Judged(Intent.CALENDAR_QUERY, GUESS), Kind.NONE, 0.4, Intent.CALENDAR_QUERY),
        (Judged(Intent.MAIL_SUMMARISE, LIKELY), Kind.NONE, 0.99, Intent.MAIL_SUMMARISE),
        (Judged(Intent.CALENDAR_MOVE, SURE), Kind.CREATE, 0.99, Intent.CALENDAR_MOVE),
        (Judged(Intent.MAIL_FLAG, SURE), Kind.SEND, 0.99, Intent.MAIL_FLAG),
    ],
)
def test_the_second_opinion_is_followed_as_far_as_it_is_sure(
    ruled: Judged, kind: Kind, share: float, intent: Intent
) -> None:
    assert settled(ruled, shares(kind, share), OWN).intent is intent


@pytest.mark.parametrize(
    ("ruled", "kind", "share", "near", "about_files"),
    [
        (Judged(Intent.CALENDAR_QUERY, GUESS), Kind.QUERY, 0.5, False, True),
        (Judged(Intent.CALENDAR_QUERY, GUESS), Kind.QUERY, 0.7, False, False),
        (Judged(Intent.CALENDAR_QUERY, GUESS), Kind.QUERY, 0.5, True, False),
        (Judged(Intent.CALENDAR_QUERY, SURE), Kind.QUERY, 0.5, False, False),
        (Judged(Intent.CALENDAR_QUERY, GUESS), Kind.NONE, 0.8, True, True),
        (Judged(Intent.CALENDAR_CREATE, SURE), Kind.CREATE, 0.5, False, False),
        (NOTHING, Kind.QUERY, 0.8, False, True),
        (NOTHING, Kind.QUERY, 0.8, True, False),
    ],
)
def test_a_question_in_which_nothing_is_the_users_own_needs_the_second_opinion(
    ruled: Judged, kind: Kind, share: float, near: bool, about_files: bool
) -> None:
    judged = settled(ruled, shares(kind, share), NO_CUES, near=near)
    assert (judged.intent in {Intent.CALENDAR_QUERY, Intent.CALENDAR_CREATE}, judged.about_files) == (True, about_files)


def test_words_of_other_worlds_keep_the_second_opinion_from_changing_anything() -> None:
    foreign = Cues((Hit(Cue.FOREIGN, 0, 1),))
    assert settled(NOTHING, shares(Kind.SEND, 0.999), foreign) == NOTHING
    looked_up = settled(NOTHING, shares(Kind.QUERY, 0.99), foreign)
    assert (looked_up.intent, looked_up.about_files) == (Intent.CALENDAR_QUERY, True)


def test_a_fact_that_only_a_name_could_make_one_of_a_contact_is_asked_of_the_files() -> None:
    assert settled(NOTHING, shares(Kind.CONTACT, 0.99), NO_CUES).about_files


def test_the_second_opinion_names_reminders_and_answers_as_the_words_do() -> None:
    remind, reply = Cues((Hit(Cue.REMIND, 0, 1),)), Cues((Hit(Cue.REPLY, 0, 1),))
    assert settled(NOTHING, shares(Kind.CREATE, 0.99), remind).intent is Intent.REMINDERS_SET
    assert settled(NOTHING, shares(Kind.SEND, 0.99), reply).intent is Intent.MAIL_REPLY
