"""The HTTP routes of the mail slice. What changes mail is an action, and has no route here."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from backend.envelope import Envelope, ok
from backend.identity.principal import CurrentPrincipal
from backend.mail import message
from backend.mail.schemas import (
    AccountEntry,
    AccountList,
    AccountRequest,
    Change,
    Checked,
    FolderEntry,
    MailEntry,
    MailPage,
    MailView,
    Removed,
)
from backend.mail.service import Mail

_Words = Annotated[str, Query(max_length=200)]


def build_router(mail: Mail) -> APIRouter:
    """Routes under the prefix of the API."""
    router = APIRouter(prefix="/mail", tags=["mail"])

    @router.get("/accounts")
    async def accounts(principal: CurrentPrincipal) -> Envelope[AccountList]:
        """Your mail accounts, the default one first."""
        found = [AccountEntry.of(account) for account in await mail.accounts(principal.user_id)]
        fixed = mail.fixed.imap is not None and mail.fixed.smtp is not None
        return ok(AccountList(accounts=found, servers_are_fixed=fixed))

    @router.post("/accounts")
    async def add(principal: CurrentPrincipal, request: AccountRequest) -> Envelope[AccountEntry]:
        """Log in to both servers and keep the account."""
        return ok(AccountEntry.of(await mail.add_account(principal.user_id, request.to_account())))

    @router.post("/accounts/check")
    async def check(principal: CurrentPrincipal, request: AccountRequest) -> Envelope[Checked]:
        """Log in to both servers and keep nothing."""
        await mail.check_account(principal.user_id, request.to_account())
        return ok(Checked())

    @router.delete("/accounts/{account_id}")
    async def remove(principal: CurrentPrincipal, account_id: str) -> Envelope[Removed]:
        """Forget an account and its password."""
        await mail.remove_account(principal.user_id, account_id)
        return ok(Removed())

    @router.get("/folders")
    async def folders(principal: CurrentPrincipal, account: str | None = None) -> Envelope[list[FolderEntry]]:
        """The folders of an account."""
        found = await mail.folders(principal.user_id, account)
        return ok([FolderEntry.of(folder) for folder in found if folder.selectable])

    @router.get("/messages")
    async def messages(
        principal: CurrentPrincipal,
        account: str | None = None,
        folder: Annotated[str, Query(max_length=500, description="A role, such as 'inbox', or a name.")] = "inbox",
        q: _Words = "",
        sender: _Words = "",
        subject: _Words = "",
        since: date | None = None,
        unread: bool = False,
        with_attachment: bool = False,
        below: Annotated[int | None, Query(ge=1, le=2**32, description="The `next` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> Envelope[MailPage]:
        """Mails of a folder, the newest first."""
        query = message.Query(
            folder=folder,
            text=q,
            sender=sender,
            subject=subject,
            since=since,
            unread=unread,
            with_attachment=with_attachment,
            limit=limit,
            below=below,
        )
        page = await mail.messages(principal.user_id, query, account)
        found = [MailEntry.of(one) for one in page.mails]
        return ok(MailPage(mails=found, next=page.next, complete=page.complete))

    @router.get("/changes")
    async def changes(
        principal: CurrentPrincipal,
        account: str | None = None,
        folder: Annotated[str, Query(max_length=500)] = "inbox",
        mark: Annotated[str, Query(max_length=200, description="Of the answer before; empty at first.")] = "",
        seconds: Annotated[float, Query(gt=0, le=50)] = 25,
    ) -> Envelope[Change]:
        """Answers when the folder has changed since `mark`, or after `seconds` with the same mark."""
        return ok(Change(mark=await mail.changed(principal.user_id, folder, mark, seconds, account)))

    @router.get("/messages/{mail_id}")
    async def read(principal: CurrentPrincipal, mail_id: str) -> Envelope[MailView]:
        """A mail with its text. It stays unread."""
        return ok(MailView.of_message(await mail.read(principal.user_id, mail_id)))

    return router
