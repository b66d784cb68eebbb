"""What acts for users, put together: contacts, calendars, mail, reminders, the actions on them, and the commands."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from backend.actions.execution import Heard, MayAct, anybody
from backend.actions.service import Actions
from backend.assistant.commands.briefing import Briefings
from backend.assistant.commands.by_model import ByModel
from backend.assistant.commands.calendar import CalendarCommands
from backend.assistant.commands.contacts import ContactCommands
from backend.assistant.commands.mail import MailCommands
from backend.assistant.commands.reminders import ReminderCommands
from backend.assistant.commands.service import Commands, Handlers
from backend.assistant.commands.tasks import TaskCommands
from backend.assistant.understanding.opinion.meaning import Embed
from backend.calendar.desk import Desk, open_desk
from backend.contacts.book import AddressBooks
from backend.contacts.performers import ContactsPerformer
from backend.contacts.service import Contacts
from backend.database import Database
from backend.files.sources import Sources
from backend.invitation_mail import InvitationMail
from backend.jobs.ledger import Ledger
from backend.mail.accounts import FixedServers
from backend.mail.servers import MailReach, server_of
from backend.mail.service import Mail
from backend.nextcloud.dav import DavAccounts
from backend.places import OwnHosts
from backend.preferences import Preferences
from backend.reminders.performer import ReminderPerformer
from backend.reminders.service import Notify, Reminders, english
from backend.settings import Settings
from backend.vault import Vault


@dataclass(frozen=True, slots=True)
class Acting:
    """The services that act for users."""

    contacts: Contacts
    desk: Desk
    mail: Mail
    reminders: Reminders
    actions: Actions
    commands: Commands

    async def start(self) -> None:
        """Begin to do and to tell what waits."""
        await self.reminders.start()
        await self.actions.start()
        await self.desk.start()

    async def stop(self) -> None:
        """End; what waits is done after the next start."""
        await self.actions.stop()
        await self.reminders.stop()

    async def forget_user(self, user_id: str) -> None:
        """Forget everything of a user who is no more."""
        await self.actions.forget_user(user_id)
        await self.reminders.forget_user(user_id)
        await self.mail.forget_user(user_id)
        await self.desk.forget_user(user_id)
        await self.contacts.forget_user(user_id)


def open_acting(
    settings: Settings,
    database: Database,
    ledger: Ledger,
    preferences: Preferences,
    vault: Vault,
    dav: DavAccounts,
    sources: Sources,
    stack: AsyncExitStack,
    notify: Notify | None = None,
    language_of: Callable[[str], Awaitable[str]] = english,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    may_act: MayAct = anybody,
    by_model: ByModel | None = None,
    embed: Embed | None = None,
    heard: Sequence[Heard] = (),
) -> Acting:
    """Build them; `stack` closes their connections. `notify` tells users of reminders, in their language.

    `may_act` is asked before something is done that no request of the user's asks for at that moment; `by_model` reads
    commands that the parser does not; `embed` is the built-in model, for the parser. `heard` hear of every change of
    an action's state.
    """
    contacts = Contacts(AddressBooks(database, dav, now), preferences, now)
    stack.push_async_callback(contacts.close)
    mail = Mail(
        database,
        preferences,
        vault,
        sources,
        MailReach(OwnHosts.of(settings.mail_hosts)),
        FixedServers(server_of(settings.mail_imap_url), server_of(settings.mail_smtp_url)),
        now=now,
    )
    stack.push_async_callback(mail.close)
    desk = open_desk(settings, dav, preferences, database, vault, ledger, InvitationMail(mail), now, may_act)
    stack.push_async_callback(desk.close)
    reminders = Reminders(database, ledger, notify=notify, language=language_of, now=now)
    set_reminders, add_contacts = ReminderPerformer(reminders, now), ContactsPerformer(contacts, dav)
    performers = [desk.performer, *mail.performers, set_reminders, add_contacts]
    alone = settings.records_url.startswith("sqlite")
    actions = Actions(database, ledger, performers, heard=heard, alone=alone, may_act=may_act, now=now)
    mails = MailCommands(mail, mail.drafts, contacts)
    handlers = Handlers(
        calendar=CalendarCommands(desk.calendars, desk.drafts, contacts),
        tasks=TaskCommands(desk.calendars, desk.tasks),
        mail=mails,
        contacts=ContactCommands(contacts, add_contacts),
        reminders=ReminderCommands(reminders, set_reminders),
        briefings=Briefings(desk.calendars, mails, reminders),
    )
    return Acting(contacts, desk, mail, reminders, actions, Commands(handlers, actions, by_model, embed))
