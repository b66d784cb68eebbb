"""What a language has to give so that its commands are understood: word classes, no code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto

from backend.assistant.understanding.dates.language import DateWords


class Cue(StrEnum):
    """Classes of words that tell what a command is about and what is to be done."""

    # What it is about.
    CALENDAR = auto()
    EVENT = auto()
    OCCASION = auto()
    MAIL = auto()
    MESSAGE = auto()
    ATTACHMENT = auto()
    CONTACTS = auto()
    FIELD = auto()
    REMINDER = auto()
    REMIND = auto()
    TASK = auto()
    LIST = auto()
    INVITATION = auto()
    BRIEFING = auto()
    FREE = auto()
    SLOT = auto()
    PLANS = auto()
    FOREIGN = auto()
    # What is to be done.
    ASK = auto()
    SHOW = auto()
    FIND = auto()
    READ = auto()
    CREATE = auto()
    REMOVE = auto()
    MOVE = auto()
    CHANGE = auto()
    INVITE = auto()
    ACCEPT = auto()
    DECLINE = auto()
    MAYBE = auto()
    SEND = auto()
    MAIL_VERB = auto()
    DRAFT = auto()
    REPLY = auto()
    RESPOND = auto()
    REPLY_ALL = auto()
    FORWARD = auto()
    SUMMARISE = auto()
    FLAG = auto()
    ARCHIVE = auto()
    SAVE = auto()
    COMPLETE = auto()
    MEET = auto()
    HAVE = auto()
    HOW_TO = auto()
    RECEIVED = auto()
    NEW = auto()
    # Small words.
    SELF = auto()
    MINE = auto()
    RELATION = auto()
    WITH = auto()
    TO = auto()
    FROM = auto()
    OF = auto()
    AT = auto()
    ABOUT = auto()
    SAYING = auto()
    BREAK = auto()
    DETERMINER = auto()
    LENGTHEN = auto()
    CORRECTION = auto()
    ALL = auto()
    NOT_NAME = auto()
    OWNER = auto()
    LINK = auto()
    AND = auto()
    FOLDER = auto()
    REACH = auto()
    RECALL = auto()
    GENERIC = auto()
    REMOVE_IT = auto()
    THIS = auto()
    LISTING = auto()
    NOTIFY = auto()
    BEFORE = auto()
    REPLIED = auto()
    BY_MAIL = auto()
    WRITE_TO = auto()
    WHEREABOUTS = auto()
    RESIDE = auto()
    EVENTS = auto()
    SCHEDULE = auto()
    ONTO = auto()
    ONE_NEW = auto()
    MAIL_PART = auto()
    STORE = auto()
    YES_NO = auto()
    # Changing an event, or what was just proposed.
    GOAL = auto()
    RESET = auto()
    LONGER = auto()
    SHIFTER = auto()
    SHIFTED = auto()
    RENAME = auto()
    NAME_OF = auto()
    VENUE = auto()
    ROOM = auto()
    INSTEAD = auto()
    CALL_OFF = auto()
    ENTER = auto()
    DEFINITE = auto()
    CALL_IT = auto()
    NAMED = auto()
    TIME_OF = auto()
    CLAUSE = auto()
    NO_EVENT = auto()


# What may be done: the first of these classes in a command is its act.
ACTS = frozenset(
    {
        Cue.ASK,
        Cue.SHOW,
        Cue.FIND,
        Cue.READ,
        Cue.CREATE,
        Cue.REMOVE,
        Cue.MOVE,
        Cue.CHANGE,
        Cue.INVITE,
        Cue.ACCEPT,
        Cue.DECLINE,
        Cue.MAYBE,
        Cue.SEND,
        Cue.DRAFT,
        Cue.REPLY,
        Cue.RESPOND,
        Cue.REPLY_ALL,
        Cue.FORWARD,
        Cue.SUMMARISE,
        Cue.FLAG,
        Cue.ARCHIVE,
        Cue.SAVE,
        Cue.COMPLETE,
        Cue.MEET,
        Cue.HAVE,
    }
)


@dataclass(frozen=True, slots=True)
class CommandWords:
    """The commands of a language.

    cues: phrases of each class. courtesies: phrases that open or close a command without meaning anything for it.
    possessives: endings of a name that owns what follows. heads: endings by which a compound belongs to a class, for
    languages that write "budget meeting" as one word. flags: what words for marks on a mail stand for.
    """

    code: str
    dates: DateWords
    cues: Mapping[Cue, tuple[str, ...]]
    courtesies: tuple[str, ...]
    possessives: tuple[str, ...] = ()
    heads: Mapping[Cue, tuple[str, ...]] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
