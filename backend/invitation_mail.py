"""Invitations of the calendar as mails (iMIP, RFC 6047), where the calendar server sends none."""

import hashlib
from email.message import EmailMessage
from email.utils import getaddresses

from backend.calendar.event import Person
from backend.mail.message import Person as Recipient
from backend.mail.service import Mail


class InvitationMail:
    """Sends invitations from a user's default mail account."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    async def address(self, user_id: str) -> Person | None:
        """Whom invitations come from; None for a user without a mail account."""
        accounts = await self._mail.accounts(user_id)
        return Person(accounts[0].me.name, accounts[0].me.address) if accounts else None

    async def send(self, user_id: str, message: EmailMessage) -> None:
        """Send an iMIP message to those in its `To`. The same one is sent once, however often it is asked for."""
        plain, calendar = message.iter_parts()
        ics = calendar.get_payload(decode=True)
        assert isinstance(ics, bytes)
        recipients = [Recipient(name, address) for name, address in getaddresses([str(message["To"])])]
        key = hashlib.sha256(f"{message['To']}\0".encode() + ics).hexdigest()[:32]
        await self._mail.send_ics(
            user_id,
            recipients,
            str(calendar.get_param("method")),
            ics,
            str(message["Subject"]),
            str(plain.get_payload(decode=False)),
            f"<{key}@invitation.voiceassist.invalid>",
        )
