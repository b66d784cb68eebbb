"""Says which files an answer comes from.

They are said once, behind the whole answer. Who listens keeps a sentence in mind while the next one comes: a file's
name behind each would tear the answer apart, and most answers come from one or two files. What stands behind a single
sentence is seen on the page. Who interrupts has heard enough, and is spared the sources too.
"""

from collections.abc import Iterable

from backend.speech.spoken import file_name, languages, speakable
from backend.wording import wording


def announcement(sources: Iterable[tuple[str, int | None]], language: str) -> str:
    """ "From your files Lab results and Team meeting at minute 12.": each once, in the order given; "" without any.

    `sources` are paths or names, of recordings with a time in seconds; of several times of one, the first is said. In
    a language that we do not have it is said in English.
    """
    known = languages.get(language) or languages.get("en")
    assert known is not None
    begins, minute = known.in_recording
    times: dict[str, int | None] = {}
    for path, time in sources:
        times.setdefault(file_name(path, known.code), time)
    names = [
        name if time is None else f"{name} {minute.format(time // 60) if time >= 60 else begins}"
        for name, time in times.items()
        if name
    ]
    if not names:
        return ""
    one, several = known.from_files
    said = (several if len(names) > 1 else one).format(wording(known.code).some(names))
    return speakable(said, known.code)  # the number of those that are not named
