"""The Nextcloud that VoiceAssist serves."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from backend import __version__
from backend.settings.kinds import HttpAddress


class ExApp(BaseSettings):
    """As an ExApp of Nextcloud; AppAPI sets these"""

    app_id: str = Field("voiceassist", description="Id of the ExApp.")
    app_version: str = Field(__version__, description="Its version, as Nextcloud knows it.")
    app_secret: SecretStr = Field(SecretStr(""), description="The secret that Nextcloud and the ExApp share.")
    aa_version: str = Field("", description="Version of AppAPI.")
    hp_shared_key: SecretStr = Field(
        SecretStr(""),
        description="Set when Nextcloud reaches the ExApp by HaRP's tunnel: a Unix socket is served then.",
    )
    hp_exapp_sock: str = Field("/tmp/exapp.sock", description="The Unix socket that HaRP's tunnel connects to.")  # noqa: S108


class OnePersons(BaseSettings):
    """One person's own Nextcloud"""

    nextcloud_url: HttpAddress = Field("", description="Address of Nextcloud. Empty: the built-in sample server.")
    nextcloud_user: str = Field("", description="Your user name there.")
    nextcloud_app_password: SecretStr = Field(
        SecretStr(""), description="An app password of yours (Nextcloud: Settings, Security)."
    )


class ChangingUsers(BaseSettings):
    """Changing Nextcloud's users"""

    nextcloud_admin_user: str = Field(
        "",
        description="User name of an administrator of Nextcloud by whom users and groups are changed; best one that is "
        "used for nothing else. Empty: they can be looked at only.",
    )
    nextcloud_admin_password: SecretStr = Field(
        SecretStr(""),
        description="Its own password, without two-factor login; before Nextcloud 34 an app password will do.",
    )
