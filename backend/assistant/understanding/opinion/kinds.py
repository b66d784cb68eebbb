"""Kinds of commands: what the second opinion tells apart. The rules know the finer intents inside of a kind."""

from enum import StrEnum

from backend.assistant.understanding.intents import Intent


class Kind(StrEnum):
    """A group of intents that are said in the same words."""

    CREATE = "create"
    QUERY = "query"
    REMOVE = "remove"
    MAIL = "mail"
    SEND = "send"
    CONTACT = "contact"
    NEW_CONTACT = "new-contact"
    TASK = "task"
    FILING = "filing"
    NONE = "none"


# The intents of each kind; the first is meant where nothing tells more.
INTENTS: dict[Kind, tuple[Intent, ...]] = {
    Kind.CREATE: (
        Intent.CALENDAR_CREATE,
        Intent.CALENDAR_MOVE,
        Intent.CALENDAR_CHANGE,
        Intent.CALENDAR_RESPOND,
        Intent.REMINDERS_SET,
    ),
    Kind.QUERY: (
        Intent.CALENDAR_QUERY,
        Intent.CALENDAR_FREE_BUSY,
        Intent.CALENDAR_FIND_SLOT,
        Intent.REMINDERS_LIST,
        Intent.BRIEFING,
    ),
    Kind.REMOVE: (Intent.CALENDAR_CANCEL, Intent.REMINDERS_CANCEL),
    Kind.MAIL: (Intent.MAIL_QUERY, Intent.MAIL_SEARCH, Intent.MAIL_READ, Intent.MAIL_SUMMARISE),
    Kind.SEND: (
        Intent.MAIL_SEND,
        Intent.MAIL_DRAFT,
        Intent.MAIL_REPLY,
        Intent.MAIL_REPLY_ALL,
        Intent.MAIL_FORWARD,
    ),
    Kind.CONTACT: (Intent.CONTACTS_QUERY,),
    Kind.NEW_CONTACT: (Intent.CONTACTS_ADD,),
    Kind.TASK: (Intent.TASKS_ADD, Intent.TASKS_LIST, Intent.TASKS_COMPLETE),
    Kind.FILING: (Intent.MAIL_FLAG, Intent.MAIL_MOVE, Intent.MAIL_DELETE, Intent.MAIL_SAVE_ATTACHMENT),
    Kind.NONE: (Intent.NONE,),
}
KIND_OF: dict[Intent, Kind] = {intent: kind for kind, intents in INTENTS.items() for intent in intents}
