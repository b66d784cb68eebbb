"""The calendar slice put together: calendars, proposals, what does them, and the mirror of linked ones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from backend.actions.execution import MayAct, anybody
from backend.calendar.drafts import Drafts
from backend.calendar.invitations import SendInvitation
from backend.calendar.mirror.google import Google, GoogleApp
from backend.calendar.mirror.service import Mirror
from backend.calendar.performers import CalendarPerformer
from backend.calendar.service import Calendars
from backend.calendar.tasks import TaskDrafts
from backend.calendar.times import now_utc
from backend.database import Database
from backend.jobs.ledger import Ledger
from backend.nextcloud.dav import DavAccounts
from backend.places import OwnHosts
from backend.preferences import Preferences
from backend.settings import Settings
from backend.vault import Vault


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything about calendars that others use."""

    calendars: Calendars
    drafts: Drafts
    tasks: TaskDrafts
    performer: CalendarPerformer
    mirror: Mirror

    async def start(self) -> None:
        """Mirror linked calendars from now on."""
        await self.mirror.start()

    async def close(self) -> None:
        """Stop, and close all connections."""
        await self.mirror.stop()
        await self.calendars.close()

    async def forget_user(self, user_id: str) -> None:
        """Forget everything of a user who is no more."""
        await self.mirror.forget_user(user_id)
        await self.calendars.forget_user(user_id)


def open_desk(
    settings: Settings,
    accounts: DavAccounts,
    preferences: Preferences,
    database: Database,
    vault: Vault,
    ledger: Ledger,
    mail: SendInvitation | None = None,
    now: Callable[[], datetime] = now_utc,
    may_act: MayAct = anybody,
) -> Desk:
    """Put it together by the settings. `mail` sends invitations where the calendar server sends none. `may_act` is
    asked before a user's linked calendars are mirrored.
    """
    calendars = Calendars(accounts, preferences, mail=mail, clock=now)
    drafts, tasks = Drafts(calendars), TaskDrafts(calendars)
    google: Google | None = None
    if settings.google_client_id:
        app = GoogleApp(
            settings.google_client_id, settings.google_client_secret.get_secret_value(), settings.google_redirect_url
        )
        google = Google(app, vault, now)
    own = OwnHosts.of(settings.calendar_link_hosts)
    mirror = Mirror(calendars, database, vault, ledger, own, google=google, may_act=may_act, clock=now)
    return Desk(calendars, drafts, tasks, CalendarPerformer(calendars, drafts, tasks), mirror)
