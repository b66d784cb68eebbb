"""Text as the search in conversations compares it: without case and accents, on every database the same.

SQLite knows upper and lower case of ASCII only, and PostgreSQL those of the locale that it was set up with.
"""

import unicodedata

# Words beyond these narrow nothing that a person can have meant.
_MOST_WORDS = 12


def folded(text: str) -> str:
    """Compatibility forms and combining marks taken away (Unicode NFKD), case folded: "Müller" is "muller"."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def search_words(query: str) -> list[str]:
    """The words of a query, each folded and once."""
    return list(dict.fromkeys(folded(query).split()))[:_MOST_WORDS]
