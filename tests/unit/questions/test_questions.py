"""Questions understood without a server: follow-ups, periods, names, abbreviations, spelling, choices."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.assistant.questions.abbreviations import clinical, defined, expansions
from backend.assistant.questions.choice import Asked, by_id, by_words, narrowed, without
from backend.assistant.questions.courtesy import asks_nothing
from backend.assistant.questions.followups import Past, stand_alone
from backend.assistant.questions.language import LANGUAGES, language_of
from backend.assistant.questions.names import described, mentioned
from backend.assistant.questions.periods import is_from, period_of
from backend.assistant.questions.spelling import corrected
from backend.assistant.questions.subjects import readings
from backend.assistant.questions.understood import understand
from backend.search.chunk import Chunk, Document, Passage
from bench.followups import load

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
ENGLISH, GERMAN = LANGUAGES["en"], LANGUAGES["de"]
KIDNEY = Asked(
    "How is kidney disease treated?",
    (("o1", "Acute kidney disease"), ("o2", "Chronic kidney disease"), ("o3", "Diabetic kidney disease")),
)


def passage(path: str, text: str, *headings: str, key: str = "") -> Passage:
    title = path.rsplit("/", 1)[-1]
    document = Document(abs(hash(path)) % 10_000, path, title, "text/plain", NOW, "en", (1, abs(hash(path)) % 10_000))
    return Passage(key or path, document, Chunk(text, 0, 0, len(text), None, None, headings), 1.0)


ACUTE = passage("/Acute kidney disease.md", "Acute kidney disease is treated with fluids.")
CHRONIC = passage("/Chronic kidney disease.md", "Chronic kidney disease is treated with an ACE inhibitor.")
GENERAL = passage("/Kidney disease.md", "Kidney disease is treated by the renal team.")


def test_most_dialogues_are_told_apart_and_no_new_question_is_polluted_by_the_old_one() -> None:
    told = []
    for dialogue in load():
        made = stand_alone(dialogue.question, [dialogue.before], LANGUAGES[dialogue.language])
        told.append((made is not None) == dialogue.followup)
        if not dialogue.followup:
            assert made is None, dialogue.question
    assert len(told) >= 60
    assert sum(told) / len(told) >= 0.95


def test_a_fragment_takes_the_place_of_what_it_contrasts_with() -> None:
    before = Past("What dose of ibuprofen does an adult get?")
    assert stand_alone("and for a child?", [before], ENGLISH) == "What dose of ibuprofen does a child get?"


def test_a_pronoun_stands_for_the_name_in_the_last_question() -> None:
    made = stand_alone("Is she allergic to latex?", [Past("When does Mrs Petersen come?")], ENGLISH)
    assert made == "Is Mrs Petersen allergic to latex?"


def test_what_is_asked_for_is_not_what_it_stands_for() -> None:
    made = stand_alone("What class is it?", [Past("Where is the Fulmar kept?")], ENGLISH)
    assert made is not None
    assert "Fulmar" in made


@pytest.mark.parametrize(
    ("before", "question", "made"),
    [
        ("What was decided about the bar?", "And the Christmas party?", "What was decided about the Christmas party?"),
        ("Wie hoch ist die Kaltmiete?", "Und die Kaution?", "Wie hoch ist die Kaution?"),
        ("How much is the rent?", "And the deposit?", "How much is the deposit?"),
        ("How is chronic sinusitis treated?", "and how long?", "and how long (chronic sinusitis)?"),
        (
            "Who signs the contract with the laundry?",
            "and the lease?",
            "Who signs the contract with the laundry, the lease?",
        ),
    ],
)
def test_a_thing_takes_the_place_of_the_last_topic_and_of_nothing_else(before: str, question: str, made: str) -> None:
    assert stand_alone(question, [Past(before)], LANGUAGES[language_of(before)]) == made


@pytest.mark.parametrize(
    "text",
    ["", "🙂", "???!!!...", "a", "why", "Thanks!", "Who are you?", "Tell me everything", "Guten Morgen", "danke"],
)
def test_what_names_no_subject_asks_nothing(text: str) -> None:
    assert asks_nothing(text)


@pytest.mark.parametrize(
    "text", ["INR?", "Hunde", "When is the flu vaccine offered?", "7", "何時に開きますか", "why warfarin"]
)
def test_one_word_of_a_subject_is_a_question(text: str) -> None:
    assert not asks_nothing(text)


def test_without_earlier_turns_a_question_stays_as_it_is() -> None:
    assert stand_alone("and for children?", [], ENGLISH) is None


@pytest.mark.parametrize(
    ("question", "start", "end"),
    [
        ("letters from March 2024 about warfarin", "2024-03-01", "2024-04-01"),
        ("my notes of yesterday", "2026-11-21", "2026-11-22"),
        ("which letters since last summer mention warfarin?", "2026-06-21", None),
        ("documents from May", "2026-05-01", "2026-06-01"),
        ("Rechnungen aus 2025", "2025-01-01", "2026-01-01"),
        ("What did I write last week?", "2026-11-09", "2026-11-16"),
    ],
)
def test_a_date_of_documents_is_a_period(question: str, start: str, end: str | None) -> None:
    period = period_of(question, LANGUAGES[language_of(question)], NOW)
    assert period is not None
    assert period.start is not None
    assert period.start.date().isoformat() == start
    assert (period.end.date().isoformat() if period.end else None) == end


@pytest.mark.parametrize(
    "question",
    [
        "What happens on 14 November?",
        "When was the letter about the meeting on 14 November sent?",
        "Does the letter say what happens on 3 March?",
        "What changes in the contract from January 2027?",
        "Which list shows who is away in August?",
        "Welcher Vertrag endet im März 2027?",
    ],
)
def test_a_date_in_the_text_is_no_period(question: str) -> None:
    assert period_of(question, LANGUAGES[language_of(question)], NOW) is None


def test_the_date_in_a_name_counts_more_than_the_last_change() -> None:
    period = period_of("letters from March 2024", ENGLISH, NOW)
    assert period is not None
    assert is_from(period, "/2024-03-07 Letter.pdf", NOW)
    assert not is_from(period, "/2023-01-01 Letter.pdf", datetime(2024, 3, 5, tzinfo=UTC))
    assert is_from(period, "/Letter.pdf", datetime(2024, 3, 5, tzinfo=UTC))


def test_file_names_and_folders_are_found_in_a_question() -> None:
    assert "formulary.xlsx" in mentioned("what does formulary.xlsx say about warfarin?", ENGLISH).files
    assert "price list.csv" in mentioned("what is in the price list.csv?", ENGLISH).files
    assert "Protocols" in mentioned("what is in the Protocols folder about warfarin?", ENGLISH).folders
    assert not mentioned("What is the dose of warfarin?", ENGLISH)


def test_a_described_file_is_the_one_whose_name_the_description_holds() -> None:
    brandt = passage("/Letters/Discharge letter Brandt.pdf", "").document
    vogt = passage("/Letters/Discharge letter Vogt.pdf", "").document
    found = described("What dose is in the discharge letter of Mrs Brandt?", ENGLISH, [brandt, vogt])
    assert found == (brandt.file_id,)
    assert described("When was Mrs Brandt discharged?", ENGLISH, [brandt, vogt]) == ()


def test_abbreviations_are_expanded_from_the_users_passages_before_the_list() -> None:
    texts = ["Patients with annual foot (AF) checks are listed here, and annual feet review (AF) too."]
    assert defined(["In atrial fibrillation (AF) the pulse is irregular."], {"af"}) == {"af": ("atrial fibrillation",)}
    assert expansions("target with AF?", "en", texts)["AF"][0].startswith("annual")
    assert expansions("target with AF?", "en", [])["AF"] == ("atrial fibrillation",)


def test_an_ambiguous_abbreviation_means_only_what_the_passages_speak_of() -> None:
    assert expansions("Which MS patients?", "en", ["Multiple sclerosis is reviewed."]) == {
        "MS": ("multiple sclerosis",)
    }
    assert expansions("Which MS patients?", "en", ["Nothing of it."]) == {}


def test_a_word_in_small_letters_is_not_taken_for_an_abbreviation() -> None:
    assert expansions("is it us or all of them?", "en", []) == {}
    assert "US" in expansions("When is the US?", "en", [])


def test_the_clinical_list_is_large_and_well_formed() -> None:
    entries = [entry for listed in clinical().values() for entry in listed]
    assert len(entries) >= 300
    assert {entry.language for entry in entries} == {"en", "de"}
    assert all(len(entry.short) < len(entry.long) or entry.short == "Z.n" for entry in entries)


def test_a_misspelt_word_is_corrected_to_a_word_of_the_users_passages() -> None:
    texts = ["Warfarin is started at 5 mg. The centrifuge is serviced in May."]
    assert corrected("how is warfrin started?", ENGLISH, texts) == "how is warfarin started?"


def test_names_behind_a_title_and_names_of_medicines_are_not_corrected_into_others() -> None:
    texts = ["Mrs Brand takes prednisolone."]
    assert corrected("What does Mrs Brandt take?", ENGLISH, texts) is None
    assert corrected("prednisone dose", ENGLISH, texts) is None


def test_a_word_of_the_language_that_the_files_do_not_have_is_no_mistake() -> None:
    assert corrected("where is the elephant?", ENGLISH, ["The elegant chair."]) is None


def test_kinds_of_one_thing_are_asked_back_and_one_that_is_named_is_not() -> None:
    assert readings("How is kidney disease treated?", [ACUTE, CHRONIC], ENGLISH) == (
        "Acute kidney disease",
        "Chronic kidney disease",
    )
    assert readings("How is chronic kidney disease treated?", [CHRONIC, ACUTE], ENGLISH) == ()
    assert readings("How is kidney disease treated?", [GENERAL, ACUTE, CHRONIC], ENGLISH) == ()
    assert readings("Which kinds of kidney disease are treated?", [ACUTE, CHRONIC], ENGLISH) == ()


@pytest.mark.parametrize("text", ["chronic", "Chronic kidney disease", "the second one", "2", "the chronic one please"])
def test_a_choice_may_be_said_in_words(text: str) -> None:
    chosen = by_words(KIDNEY, text)
    assert chosen is not None
    assert chosen.question == "How is Chronic kidney disease treated?"
    assert chosen.others == ("Acute kidney disease", "Diabetic kidney disease")


@pytest.mark.parametrize("text", ["Where is the spare key?", "kidney disease", "the warfarin protocol", "", "9"])
def test_anything_else_is_no_choice(text: str) -> None:
    assert by_words(KIDNEY, text) is None


def test_all_of_the_readings_may_be_wanted() -> None:
    chosen = by_words(KIDNEY, "all of them")
    assert chosen is None or chosen.label is None
    both = by_words(KIDNEY, "both")
    assert both is not None
    assert both.label is None


def test_a_choice_by_id_must_have_been_offered() -> None:
    assert by_id(KIDNEY, "o2") == by_words(KIDNEY, "chronic")
    assert by_id(KIDNEY, "o9") is None


def test_passages_of_the_other_readings_are_left_out_unless_nothing_remains() -> None:
    chosen = by_id(KIDNEY, "o2")
    assert chosen is not None
    assert without([ACUTE, CHRONIC, GENERAL], chosen) == [CHRONIC, GENERAL]
    assert without([ACUTE], chosen) == [ACUTE]


def test_a_label_that_shares_no_word_with_the_question_stands_behind_it() -> None:
    assert narrowed("What is the treatment?", "Pre-renal") == "What is the treatment (Pre-renal)?"


TELLING = [
    "and for",
    "what about",
    "it",
    "her",
    "that drug",
    "letters from",
    "since",
    "March 2024",
    "31 February",
    "of yesterday",
    "AF",
    "(AF)",
    "und bei",
    "sie",
    "das",
    "Briefe vom",
    "folder",
    "Protocols",
    "in the discharge letter",
    "says",
    "a.pdf",
    "first",
    "chronic kidney disease",
]

# Text as people and machines produce it: any character, and words that mean something here.
ANY = st.one_of(
    st.text(max_size=400),
    st.lists(st.sampled_from([*TELLING, "", "\x00", "İ", "ß", "ﬁ", "99999", "?", "."]), max_size=40).map(" ".join),
)


@settings(deadline=None, max_examples=200)
@given(ANY, ANY, st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)))
def test_any_text_is_understood_without_raising(said: str, before: str, now: datetime) -> None:
    understood = understand(said, [Past(before, said, (before,))], now.replace(tzinfo=UTC))
    assert understood.language in LANGUAGES
    assert len(understood.text) <= len(said) + len(before) + 200
    assert len(understood.names.files) <= 10
    assert len(understood.names.folders) <= 10


@settings(deadline=None, max_examples=100)
@given(ANY, ANY)
def test_any_text_is_read_behind_the_search_without_raising(question: str, text: str) -> None:
    found = [passage("/a/" + (text[:20].replace("/", "") or "x"), text, text[:30]), ACUTE, CHRONIC]
    words = LANGUAGES[language_of(question)]
    assert len(readings(question, found, words)) <= 6
    assert len(expansions(question, words.code, [text])) <= 4
    described(question, words, [one.document for one in found])
    by_words(KIDNEY, text)
    narrowed(question, text)


def test_a_question_of_ten_thousand_characters_costs_no_more_than_a_short_one() -> None:
    words = "and for the letters of March 2024 about it (AF) in the Protocols folder formulary.xlsx "
    long = (words * 200)[:10_000]
    understand(long, [Past(long)], NOW)  # tables are read at the first use
    began = time.thread_time()
    for _ in range(5):
        understand(long, [Past(long)], NOW)
    assert (time.thread_time() - began) / 5 < 0.1
