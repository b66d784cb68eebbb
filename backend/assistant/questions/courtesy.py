"""What is said without naming anything to look for: a greeting, thanks, a sign, small words alone."""

from backend.models.terms import STOP_WORDS, words

_COURTESY = frozenset(
    """
    something anything everything nothing etwas alles nichts
    hello hi hey good morning afternoon evening thanks thank thx cheers bye goodbye ok okay yes sorry welcome great
    hallo moin servus guten morgen tag abend danke dankeschön tschüss ja nein gut super prima
    """.split()  # noqa: SIM905 - as in terms
)


def asks_nothing(text: str) -> bool:
    """Whether no word of a text says what it is about, so that there is nothing to look for."""
    return all(word in STOP_WORDS or word in _COURTESY for word in words(text))
