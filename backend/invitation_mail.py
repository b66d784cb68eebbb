"""Invitations of the calendar as mails of the user, where the calendar server sends none."""

from email.message import EmailMessage

from backend.calendar.event import Person
from backend.mail.service import Mail


class InvitationMail:
    """See `backend.calendar.invitations.SendInvitation`."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    async def address(self, user_id: str) -> Person | None:
        """Whom invitations come from; None for a user without a mail account."""
        me = await self._mail.address(user_id)
        return None if me is None else Person(me.name, me.address)

    async def send(self, user_id: str, message: EmailMessage) -> None:
        """Send an iMIP message to those in its `To`; the same one once."""
        await self._mail.send_invitation(user_id, message)
