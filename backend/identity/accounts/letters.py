"""What the mails of local accounts say. Links hold their token behind the #, where no server's log sees it."""

from backend.identity.accounts.post import Letter

_IGNORE = "If that was not you, do nothing: without the link nothing happens."


class Letters:
    """Writes them. `base_url` is where the page of VoiceAssist is."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")

    def verification(self, to: str, token: str) -> Letter:
        """Somebody registered with this address."""
        text = (
            "Somebody, you we hope, wants an account at VoiceAssist with this address. Open this link within a day to "
            f"confirm it:\n\n{self._base_url}/#/verify?token={token}\n\n{_IGNORE}\n"
        )
        return Letter(to, "Confirm your address for VoiceAssist", text)

    def known_already(self, to: str) -> Letter:
        """Somebody registered with an address that has an account."""
        text = (
            "Somebody, you we hope, wants an account at VoiceAssist with this address. You have one already: sign in "
            f"at\n\n{self._base_url}/\n\nIf you do not know the password any more, have it reset there.\n"
        )
        return Letter(to, "You have an account at VoiceAssist already", text)

    def reset(self, to: str, token: str) -> Letter:
        """Somebody forgot the password."""
        text = (
            "Somebody, you we hope, wants to set a new password for your account at VoiceAssist. Open this link within "
            f"an hour:\n\n{self.reset_link(token)}\n\n{_IGNORE}\n"
        )
        return Letter(to, "Set a new password for VoiceAssist", text)

    def changed(self, to: str, what: str) -> Letter:
        """Something that proves who somebody is was changed; `what` is a sentence."""
        text = (
            f"{what}\n\nIf that was not you, reset your password at once and tell your administrator:\n\n"
            f"{self._base_url}/\n"
        )
        return Letter(to, "Your account at VoiceAssist was changed", text)

    def reset_link(self, token: str) -> str:
        """Where a password is set."""
        return f"{self._base_url}/#/reset?token={token}"
