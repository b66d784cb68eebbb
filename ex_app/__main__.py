"""`python -m ex_app`: VoiceAssist as an ExApp. AppAPI gives the settings by environment variables."""

import asyncio
import sys

from backend import serving, telemetry
from backend.cli import load_settings
from backend.errors import BadInput, VoiceAssistError
from backend.settings import Mode, Settings
from ex_app.door import open_door


async def main(settings: Settings) -> None:
    """Serve until interrupted."""
    with serving.listen(settings) as listening:
        async with open_door(settings) as app:
            await serving.serve(app, listening, app.state.stopping)


if __name__ == "__main__":
    try:
        settings = load_settings()
        if settings.mode is not Mode.APPAPI or not settings.nextcloud_url:
            raise BadInput("APP_SECRET and NEXTCLOUD_URL are not set. AppAPI sets them; see docs/administration.md.")
        telemetry.configure_logging(settings.log_level, json=settings.log_json)
        asyncio.run(main(settings))
    except VoiceAssistError as error:
        sys.exit(error.message)
