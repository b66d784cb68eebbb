"""What a command can ask for: the intents and slots of VoiceAssist, with examples. `docs/commands.md` shows these."""

from dataclasses import dataclass
from enum import StrEnum


class Intent(StrEnum):
    """What is asked for. `NONE`: nothing that VoiceAssist acts on; it may still be a question about the files."""

    CALENDAR_CREATE = "calendar.create"
    CALENDAR_QUERY = "calendar.query"
    CALENDAR_MOVE = "calendar.move"
    CALENDAR_CHANGE = "calendar.change"
    CALENDAR_CANCEL = "calendar.cancel"
    CALENDAR_RESPOND = "calendar.respond"
    CALENDAR_FREE_BUSY = "calendar.free_busy"
    CALENDAR_FIND_SLOT = "calendar.find_slot"
    TASKS_ADD = "tasks.add"
    TASKS_LIST = "tasks.list"
    TASKS_COMPLETE = "tasks.complete"
    MAIL_QUERY = "mail.query"
    MAIL_SEARCH = "mail.search"
    MAIL_READ = "mail.read"
    MAIL_SUMMARISE = "mail.summarise"
    MAIL_DRAFT = "mail.draft"
    MAIL_SEND = "mail.send"
    MAIL_REPLY = "mail.reply"
    MAIL_REPLY_ALL = "mail.reply_all"
    MAIL_FORWARD = "mail.forward"
    MAIL_FLAG = "mail.flag"
    MAIL_MOVE = "mail.move"
    MAIL_DELETE = "mail.delete"
    MAIL_SAVE_ATTACHMENT = "mail.save_attachment"
    CONTACTS_QUERY = "contacts.query"
    CONTACTS_ADD = "contacts.add"
    REMINDERS_SET = "reminders.set"
    REMINDERS_LIST = "reminders.list"
    REMINDERS_CANCEL = "reminders.cancel"
    BRIEFING = "briefing"
    NONE = "none"

    @property
    def writes(self) -> bool:
        """Whether it changes, sends or deletes something, so that the user is asked first."""
        return self not in _READING


_READING = {
    Intent.CALENDAR_QUERY,
    Intent.CALENDAR_FREE_BUSY,
    Intent.CALENDAR_FIND_SLOT,
    Intent.TASKS_LIST,
    Intent.MAIL_QUERY,
    Intent.MAIL_SEARCH,
    Intent.MAIL_READ,
    Intent.MAIL_SUMMARISE,
    Intent.CONTACTS_QUERY,
    Intent.REMINDERS_LIST,
    Intent.BRIEFING,
    Intent.NONE,
}


class SlotType(StrEnum):
    """What a part of a command is."""

    TIME = "time"
    DATE = "date"
    NEW_TIME = "new_time"
    NEW_DATE = "new_date"
    RECURRENCE = "recurrence"
    DURATION = "duration"
    TITLE = "title"
    PERSON = "person"
    PLACE = "place"
    NEW_TITLE = "new_title"
    NEW_PLACE = "new_place"
    LIST = "list"
    ANSWER = "answer"
    SUBJECT = "subject"
    BODY = "body"
    ADDRESS = "address"
    FOLDER = "folder"
    FLAG = "flag"
    FIELD = "field"


@dataclass(frozen=True, slots=True)
class IntentInfo:
    """One line of the documentation: what an intent does, the slots that it may have, examples."""

    does: str
    slots: tuple[SlotType, ...]
    examples: tuple[str, ...]


_WHEN = (SlotType.DATE, SlotType.TIME, SlotType.DURATION, SlotType.RECURRENCE)
_EVENT = (*_WHEN, SlotType.TITLE, SlotType.PERSON, SlotType.PLACE)
_MAIL = (SlotType.PERSON, SlotType.SUBJECT, SlotType.FOLDER, *_WHEN)

CATALOGUE: dict[Intent, IntentInfo] = {
    Intent.CALENDAR_CREATE: IntentInfo(
        "Put a new event into a calendar.",
        _EVENT,
        ("add a team meeting tomorrow at 2pm with Dr. Smith", "book the dentist for Thursday at half past nine"),
    ),
    Intent.CALENDAR_QUERY: IntentInfo(
        "Say what is in the calendar, or when, where or with whom an event is.",
        _EVENT,
        ("what do I have on Friday", "when is my next appointment with Anna"),
    ),
    Intent.CALENDAR_MOVE: IntentInfo(
        "Move an event to another time.",
        (*_EVENT, SlotType.NEW_DATE, SlotType.NEW_TIME),
        ("move my 2pm with Dr. Smith to Friday", "push the stand-up back by half an hour", "move it to 11"),
    ),
    Intent.CALENDAR_CHANGE: IntentInfo(
        "Change something else of an event: its name, place, length or guests.",
        (*_EVENT, SlotType.NEW_TITLE, SlotType.NEW_PLACE),
        (
            "change the location of the board meeting to room 5",
            "rename the dentist to tooth check",
            "make the budget review half an hour longer",
            "invite Anna to the lunch on Friday",
        ),
    ),
    Intent.CALENDAR_CANCEL: IntentInfo(
        "Remove events.", _EVENT, ("cancel my meeting with John tonight", "clear my calendar for tomorrow")
    ),
    Intent.CALENDAR_RESPOND: IntentInfo(
        "Answer an invitation.",
        (*_EVENT, SlotType.ANSWER),
        ("accept the invitation to the budget review", "decline Friday's meeting"),
    ),
    Intent.CALENDAR_FREE_BUSY: IntentInfo(
        "Say whether someone is free.", _EVENT, ("am I free tomorrow afternoon", "is Anna busy on Monday at ten")
    ),
    Intent.CALENDAR_FIND_SLOT: IntentInfo(
        "Find a time that suits everyone.",
        _EVENT,
        ("find an hour for Anna and me next week", "when can we all meet on Thursday"),
    ),
    Intent.TASKS_ADD: IntentInfo(
        "Add a task to a list.",
        (SlotType.TITLE, SlotType.LIST, *_WHEN),
        ("add call the insurance to my to-do list", "create a task to water the plants by Friday"),
    ),
    Intent.TASKS_LIST: IntentInfo(
        "Read tasks.", (SlotType.TITLE, SlotType.LIST, *_WHEN), ("what is on my to-do list", "show my open tasks")
    ),
    Intent.TASKS_COMPLETE: IntentInfo(
        "Mark a task as done.",
        (SlotType.TITLE, SlotType.LIST),
        ("mark call the insurance as done", "check off water the plants"),
    ),
    Intent.MAIL_QUERY: IntentInfo(
        "Say which mails there are.", _MAIL, ("do I have new mail from Anna", "how many unread emails are in my inbox")
    ),
    Intent.MAIL_SEARCH: IntentInfo(
        "Find mails.", _MAIL, ("find the email about the invoice", "search my mail for the contract")
    ),
    Intent.MAIL_READ: IntentInfo("Read a mail.", _MAIL, ("read my latest email", "open the mail from John")),
    Intent.MAIL_SUMMARISE: IntentInfo(
        "Sum up a mail or a thread.", _MAIL, ("summarise the emails from Anna today", "sum up this thread")
    ),
    Intent.MAIL_DRAFT: IntentInfo(
        "Write a mail without sending it.",
        (*_MAIL, SlotType.BODY, SlotType.ADDRESS),
        ("draft an email to Anna about the offer", "write a draft to my boss"),
    ),
    Intent.MAIL_SEND: IntentInfo(
        "Send a new mail.",
        (*_MAIL, SlotType.BODY, SlotType.ADDRESS),
        ("send an email to Anna saying I will be late", "email my boss"),
    ),
    Intent.MAIL_REPLY: IntentInfo(
        "Answer a mail.", (*_MAIL, SlotType.BODY), ("reply to John's email", "answer this mail and say thank you")
    ),
    Intent.MAIL_REPLY_ALL: IntentInfo(
        "Answer to everyone.", (*_MAIL, SlotType.BODY), ("reply to everyone", "reply all with thanks")
    ),
    Intent.MAIL_FORWARD: IntentInfo(
        "Send a mail on.",
        (*_MAIL, SlotType.BODY, SlotType.ADDRESS),
        ("forward this email to Anna", "forward the invoice to accounting"),
    ),
    Intent.MAIL_FLAG: IntentInfo(
        "Mark a mail as read, unread or important.",
        (*_MAIL, SlotType.FLAG),
        ("mark this email as important", "mark all mails from John as read"),
    ),
    Intent.MAIL_MOVE: IntentInfo(
        "Move a mail to a folder.", _MAIL, ("move this email to the archive", "archive the mails from the newsletter")
    ),
    Intent.MAIL_DELETE: IntentInfo(
        "Move a mail to the trash.", _MAIL, ("delete the last email", "delete all mails from eBay")
    ),
    Intent.MAIL_SAVE_ATTACHMENT: IntentInfo(
        "Save an attachment to the files.",
        _MAIL,
        ("save the attachment of this email to Documents", "download the attachments from Anna's mail"),
    ),
    Intent.CONTACTS_QUERY: IntentInfo(
        "Look something up in the contacts.",
        (SlotType.PERSON, SlotType.FIELD),
        ("what is Anna's phone number", "show the contact details of Dr. Smith"),
    ),
    Intent.CONTACTS_ADD: IntentInfo(
        "Add a contact.",
        (SlotType.PERSON, SlotType.ADDRESS, SlotType.FIELD),
        ("add Anna Bell to my contacts", "save anna@example.org as a new contact"),
    ),
    Intent.REMINDERS_SET: IntentInfo(
        "Remind at a time.",
        (SlotType.TITLE, SlotType.PERSON, SlotType.PLACE, *_WHEN),
        ("remind me at five to call the lab", "set a reminder for Friday to pay the rent"),
    ),
    Intent.REMINDERS_LIST: IntentInfo(
        "Read reminders.", (SlotType.TITLE, *_WHEN), ("what reminders do I have", "show my reminders for tomorrow")
    ),
    Intent.REMINDERS_CANCEL: IntentInfo(
        "Remove reminders.", (SlotType.TITLE, *_WHEN), ("delete the reminder about the lab", "cancel all reminders")
    ),
    Intent.BRIEFING: IntentInfo(
        "Sum up the day: events, tasks, mail.", _WHEN, ("what does my day look like", "give me my morning briefing")
    ),
    Intent.NONE: IntentInfo(
        "Nothing of the above; with times, a new name or a new place it may change what was just proposed.",
        (*_WHEN, SlotType.NEW_TITLE, SlotType.NEW_PLACE),
        ("play some jazz", "make it three", "call it strategy day", "in room 5 instead"),
    ),
}
