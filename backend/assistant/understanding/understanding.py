"""From what was said to what is asked for, without a language model."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from backend.assistant.understanding.command import Command, Slot, When
from backend.assistant.understanding.corrections import corrected
from backend.assistant.understanding.cues import CueFinder, Cues
from backend.assistant.understanding.dates.grain import Grain
from backend.assistant.understanding.dates.grammar import DateGrammar, Found
from backend.assistant.understanding.dates.resolver import Resolved, resolve
from backend.assistant.understanding.dates.rrules import Repeating, repeating
from backend.assistant.understanding.dates.values import Form, Length, Recurrence, Time
from backend.assistant.understanding.frames import LIKELY, Judged, Shape, judge
from backend.assistant.understanding.intents import Intent, SlotType
from backend.assistant.understanding.language import ACTS, CommandWords, Cue
from backend.assistant.understanding.opinion.kinds import KIND_OF
from backend.assistant.understanding.opinion.meaning import Embed, both, meaning_of, spoken
from backend.assistant.understanding.opinion.opinion import opinion_of
from backend.assistant.understanding.opinion.second import is_plain, settled
from backend.assistant.understanding.scene import Scene
from backend.assistant.understanding.slots import extract
from backend.assistant.understanding.tokens import Token, tokenise, without_fillers

# A text longer than this is no command; reading it as one would only cost time.
LONGEST = 400
PAUSES = {",", ";", "-"}

# Seconds of the units whose length does not depend on the calendar.
_SECONDS = {Grain.SECOND: 1, Grain.MINUTE: 60, Grain.HOUR: 3600, Grain.DAY: 86_400, Grain.WEEK: 604_800}
_PAST = {Intent.MAIL_QUERY, Intent.MAIL_SEARCH, Intent.MAIL_READ, Intent.MAIL_SUMMARISE, Intent.MAIL_DELETE}


@dataclass(frozen=True, slots=True)
class _Moment:
    wall: datetime
    zone: tzinfo


# Some moment: which words belong to a time does not depend on it.
LEARNT_AT = _Moment(datetime(2026, 3, 4, 10, 0), UTC)


class Understanding:
    """The understanding of commands in one language. Building it takes a while; using it does not change it."""

    def __init__(self, words: CommandWords) -> None:
        self._words = words
        self._grammar = DateGrammar(words.dates)
        self._cues = CueFinder(words.cues, words.possessives, words.heads)
        self._opinion = opinion_of(words.code)
        self._meaning = meaning_of(words.code)
        self._courtesies = sorted((tuple(phrase.split()) for phrase in words.courtesies), key=len, reverse=True)

    def understand(self, text: str, now: datetime, zone: tzinfo, embed: Embed | None = None) -> Command:
        """What `text` asks for when it is said at `now` (aware, or naive wall-clock time of `zone`).

        With `embed`, what rules and words leave open is judged by its meaning too, which takes some milliseconds more.
        Never raises: what is not understood has the intent NONE.
        """
        wall = now if now.tzinfo is None else now.astimezone(zone).replace(tzinfo=None)
        moment = _Moment(wall, zone)
        tokens, times, timed = self._read(text, moment)
        judged, cues = self._judge(tokens, times, timed, embed)
        if judged.intent is not Intent.NONE:
            judged = self._first_of_several(text, tokens, cues, moment, embed) or judged
        scene = Scene(text, tokens, cues, timed, self._words)
        if judged.intent is Intent.CALENDAR_MOVE:
            times = self._from_and_to(text, tokens, times, moment)
        slots = [*self._time_slots(judged.intent, scene, times, moment), *extract(judged.intent, scene)]
        return Command(judged.intent, judged.confidence, tuple(slots), judged.about_files)

    def _judge(
        self, tokens: Sequence[Token], times: Sequence[Found], timed: Sequence[bool], embed: Embed | None
    ) -> tuple[Judged, Cues]:
        """What is asked for, by the rules and the second opinion, and the cues outside of times."""
        cues = self._find(
            [replace(t, word="@") if self._hidden(t, hide) else t for t, hide in zip(tokens, timed, strict=True)]
        )
        shape = Shape(
            timed=any(_names_time(found) for found in times),
            lasting=any(isinstance(found.value, Length) for found in times),
            words=len(tokens),
            untimed=list(timed).count(False),
            near=any(_is_near(found) for found in times),
        )
        judged = judge(cues, shape)
        if self._opinion is not None and shape.untimed:
            shares = self._opinion.of(tokens, timed, self._find(tokens), self._words)
            if embed is not None and self._meaning is not None and not is_plain(judged, shares):
                shares = both(shares, self._meaning.of(embed(spoken(tokens))), KIND_OF[judged.intent])
            judged = settled(judged, shares, cues, near=shape.near)
        return judged, cues

    def _first_of_several(
        self, text: str, tokens: list[Token], cues: Cues, moment: _Moment, embed: Embed | None
    ) -> Judged | None:
        """The judgement of the first of two commands joined by "and", each with an act of its own and both surely
        meant; else None."""
        for seam in cues.all(Cue.AND):
            start = seam.last
            while start < len(tokens) and cues.covering(start, Cue.LINK):
                start += 1
            if not any(hit.first == start for hit in cues.all(Cue.REMIND, *ACTS)):
                continue
            both = []
            for part in (tokens[: seam.first], tokens[start:]):
                times = self._times(text, part, moment)
                both.append(self._judge(part, times, _belonging(times, len(part)), embed)[0])
            if all(one.intent.writes and one.confidence >= LIKELY for one in both):
                return both[0]
        return None

    def seen(self, text: str) -> tuple[list[Token], list[bool], Cues]:
        """What the second opinion learns from: the tokens, which of them belong to a time, and their cues."""
        tokens, _, timed = self._read(text, LEARNT_AT)
        return tokens, timed, self._find(tokens)

    def _read(self, text: str, moment: _Moment) -> tuple[list[Token], list[Found], list[bool]]:
        """The tokens as they were meant, the times among them, and which tokens belong to a time."""
        tokens = without_fillers(tokenise(text[:LONGEST]), self._words.dates.fillers)
        # A self-correction comes with pauses, which a transcript may show as commas.
        spoken = [token for token in tokens if token.word not in PAUSES]
        cues = self._find(spoken)
        if Cue.CORRECTION in cues:
            tokens = corrected(spoken, cues, lambda part: self._times(text, part, moment))
        tokens = self._without_courtesies(tokens)
        times = self._times(text, tokens, moment)
        return tokens, times, _belonging(times, len(tokens))

    def _find(self, tokens: Sequence[Token]) -> Cues:
        return Cues(self._cues.find([token.word for token in tokens]))

    def _from_and_to(self, text: str, tokens: list[Token], times: list[Found], moment: _Moment) -> list[Found]:
        """Times of a move: "Friday at two to Monday at nine" is no range there, but the old time and the new one."""
        found = times[-1] if times else None
        if found is None or not isinstance(found.value, Time) or found.value.form is not Form.RANGE:
            return times
        turns = [hit for hit in self._find(tokens).all(Cue.TO) if found.first < hit.first < found.last - 1]
        if not turns:
            return times
        begin = {hit.last for hit in self._find(tokens).all(Cue.FROM)}
        old = self._times(text, tokens[: turns[-1].first], moment, begin)
        later = self._times(text, tokens[turns[-1].last :], moment, {0})
        return [*old, *(new.moved(turns[-1].last) for new in later)]

    def _hidden(self, token: Token, timed: bool) -> bool:
        """Whether a word is part of a time and nothing else: "lunch" is also what happens then."""
        return timed and Cue.OCCASION not in Cues(self._cues.find([token.word]))

    def _times(
        self, text: str, tokens: Sequence[Token], moment: _Moment, landings: Collection[int] = ()
    ) -> list[Found]:
        """The times among tokens. At `landings` a bare number is a time of day."""
        cues = self._find(tokens)
        moving = cues.opens(Cue.MOVE, Cue.CHANGE, Cue.SHIFTER)
        return self._grammar.parse(
            text,
            tokens,
            lambda time: resolve(time, moment.wall, moment.zone) is not None,
            landings={*landings, *(hit.last for hit in cues.all(Cue.RESET, *([Cue.GOAL] if moving else [])))},
            closed=_closed(cues, len(tokens), moving=moving),
        )

    def _without_courtesies(self, tokens: list[Token]) -> list[Token]:
        """The tokens without phrases at both ends that mean nothing for the command."""
        changed = True
        while changed and len(tokens) > 1:
            changed = False
            words = tuple(token.word for token in tokens)
            for phrase in self._courtesies:
                if len(phrase) < len(words) and words[: len(phrase)] == phrase:
                    tokens, changed = tokens[len(phrase) :], True
                    break
                closes = len(phrase) < len(words) and words[-len(phrase) :] == phrase
                if closes and not self._is_said(words[: -len(phrase)]):
                    tokens, changed = tokens[: -len(phrase)], True
                    break
            while tokens and tokens[0].word in {",", ".", "!"}:
                tokens, changed = tokens[1:], True
        while len(tokens) > 1 and tokens[-1].word in {"?", "!", ".", ","}:
            if tokens[-1].word == "." and tokens[-2].word.isdigit():
                break  # "am 3."
            tokens = tokens[:-1]
        return tokens

    def _is_said(self, words: Sequence[str]) -> bool:
        """Whether these words lead in what somebody is to be told: "... and say", as in "and say thank you"."""
        return any(hit.last == len(words) for hit in Cues(self._cues.find(words)).all(Cue.SAYING))

    def _time_slots(self, intent: Intent, scene: Scene, times: list[Found], moment: _Moment) -> list[Slot]:
        slots: list[Slot] = []
        moving = intent is Intent.CALENDAR_MOVE
        points = [found for found in times if isinstance(found.value, Time)]
        if moving and points and any(isinstance(found.value, Length) for found in times):
            # Moved by a length of time: what else is said says which event, unless it is where that leads.
            goals = {hit.last for hit in scene.cues.all(Cue.GOAL)}
            points = [found for found in points if found.first in goals or found.first + 1 in goals]
        for found in times:
            if isinstance(found.value, Length):
                slots += self._length_slot(scene, found, found.value)
            elif isinstance(found.value, Recurrence):
                slots += self._rule_slots(scene, found, found.value, moment)
            else:
                new = moving and found in points[-1:]
                slots += self._point_slots(intent, scene, found, moment, new=new)
        return slots

    def _point_slots(self, intent: Intent, scene: Scene, found: Found, moment: _Moment, *, new: bool) -> list[Slot]:
        """The whole expression as TIME or DATE. Where day and time of day are said in different words, each has a slot:
        the first TIME with the meaning of the whole, the others with their own."""
        time = found.value
        assert isinstance(time, Time)
        if intent is Intent.TASKS_ADD and time.due is not None:
            # A task that is to be done by Friday is due on Friday; it does not last from now until then.
            time = replace(time.due, direction="before")
        past = intent in _PAST and time.direction is None
        resolved = resolve(time, moment.wall, moment.zone, past=past and not time.immediate)
        if resolved is None:
            never = When(None, grain=time.grain.name.lower(), trouble=("does_not_exist",))
            return self._slot(scene, SlotType.DATE, found.first, found.last, never)
        clock_type = SlotType.NEW_TIME if new else SlotType.TIME
        date_type = SlotType.NEW_DATE if new else SlotType.DATE
        if not found.pieces:
            kind = clock_type if resolved.grain < Grain.DAY else date_type
            return self._slot(scene, kind, found.first, found.last, _resolved(resolved))
        slots: list[Slot] = []
        # The clock time comes before the part of the day among the pieces, and has the meaning of the whole.
        for piece in sorted(found.pieces, key=lambda piece: _names_day(piece.value)):
            kind = date_type if _names_day(piece.value) else clock_type
            own = (
                resolve(piece.value, moment.wall, moment.zone) if slots and isinstance(piece.value, Time) else resolved
            )
            if own is not None:
                slots += self._slot(scene, kind, piece.first, piece.last, _resolved(own))
        return slots

    def _rule_slots(self, scene: Scene, found: Found, value: Recurrence, moment: _Moment) -> list[Slot]:
        """A repeating time as RECURRENCE; where its time of day is said in other words, these are a TIME as well."""
        rule = repeating(value, moment.wall, moment.zone)
        if rule is None:
            return []
        named = next((piece for piece in found.pieces if isinstance(piece.value, Recurrence)), None)
        if named is None:
            return self._slot(scene, SlotType.RECURRENCE, found.first, found.last, _repeated(rule))
        slots = self._slot(scene, SlotType.RECURRENCE, named.first, named.last, _repeated(rule))
        first = When(rule.start, rule.end, rule.grain.name.lower(), trouble=rule.trouble)
        # Without a time of day in the rule, what looks like one belongs to "six times" or "for eight weeks".
        for piece in found.pieces if value.clock is not None else ():
            if piece is not named and isinstance(piece.value, Time) and not _names_day(piece.value):
                slots += self._slot(scene, SlotType.TIME, piece.first, piece.last, first)
        return slots

    def _length_slot(self, scene: Scene, found: Found, length: Length) -> list[Slot]:
        slots = self._slot(scene, SlotType.DURATION, found.first, found.last, None)
        if length.grain in _SECONDS:
            slots = [replace(slot, seconds=length.count * _SECONDS[length.grain]) for slot in slots]
        return slots

    def _slot(self, scene: Scene, kind: SlotType, first: int, last: int, when: When | None) -> list[Slot]:
        """A slot without the small words that lead a time in."""
        while first < last - 1 and scene.tokens[first].word in self._words.dates.leading:
            first += 1
        while last > first + 1 and scene.tokens[last - 1].word in {",", "."}:
            last -= 1
        start, end = scene.tokens[first].start, scene.tokens[last - 1].end
        return [Slot(kind, scene.text[start:end], start, end, when)]


def _closed(cues: Cues, count: int, *, moving: bool) -> list[bool]:
    """Which tokens belong to no time, whatever they look like: the "up" of "stand-up", the lunch that is cancelled,
    and in which direction an event is moved by a length of time."""
    closed = [False] * count
    for hit in cues.all(Cue.EVENT):
        if hit.last - hit.first > 1:
            closed[hit.first : hit.last] = [True] * (hit.last - hit.first)
    acting = cues.opens(Cue.MOVE, Cue.REMOVE, Cue.CHANGE, Cue.CREATE)
    for hit in cues.all(Cue.OCCASION) if acting else ():
        if hit.first and (cues.covering(hit.first - 1, *ACTS, Cue.DEFINITE, Cue.OWNER) and hit.last - hit.first == 1):
            closed[hit.first] = True  # "remove lunch on Friday" names what is to be removed
    for hit in cues.all(Cue.SHIFTED) if moving else ():
        closed[hit.first : hit.last] = [True] * (hit.last - hit.first)
    return closed


def _belonging(times: Sequence[Found], count: int) -> list[bool]:
    """Which of so many tokens belong to a time."""
    timed = [False] * count
    for found in times:
        timed[found.first : found.last] = [True] * (found.last - found.first)
    return timed


def _names_day(value: Time | Recurrence) -> bool:
    return isinstance(value, Time) and value.grain >= Grain.DAY


def _names_time(found: Found) -> bool:
    """Whether a time says when something is; "now" only says that it matters."""
    return isinstance(found.value, Recurrence) or (isinstance(found.value, Time) and found.value.grain > Grain.SECOND)


def _is_near(found: Found) -> bool:
    """Whether a time is seen from now: "tomorrow", "next week", "tonight"."""
    time = found.value
    seen = {Form.RELATIVE, Form.SHIFTED, Form.UNIT}
    return isinstance(time, Time) and any(piece.form in seen for piece in (time, *time.parts))


def _resolved(time: Resolved) -> When:
    return When(
        time.start,
        time.end,
        time.grain.name.lower(),
        stop=time.stop,
        direction=time.direction,
        holiday=time.holiday,
        trouble=time.trouble,
    )


def _repeated(rule: Repeating) -> When:
    return When(
        rule.start,
        rule.end,
        rule.grain.name.lower(),
        rrule=rule.rrule,
        exdates=rule.exdates,
        skip_holidays=rule.skip_holidays,
        trouble=rule.trouble,
    )
