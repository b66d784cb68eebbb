"""Says which files an answer comes from.

They are said once, behind the whole answer. Who listens keeps a sentence in mind while the next one comes: a file's
name behind each would tear the answer apart, and most answers come from one or two files. What stands behind a single
sentence is seen on the page. Who interrupts has heard enough, and is spared the sources too.
"""

from collections.abc import Iterable

from backend.speech.spoken import file_name, languages, speakable
from backend.wording import wording


def announcement(paths: Iterable[str], language: str) -> str:
    """ "From your files Discharge letter and Lab results.": each file once, in the order given; "" without any.

    `paths` are paths or names. In a language that we do not have it is said in English.
    """
    known = languages.get(language) or languages.get("en")
    assert known is not None
    names = [name for name in dict.fromkeys(file_name(path, known.code) for path in paths) if name]
    if not names:
        return ""
    one, several = known.from_files
    said = (several if len(names) > 1 else one).format(wording(known.code).some(names))
    return speakable(said, known.code)  # the number of those that are not named
