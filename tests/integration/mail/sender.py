"""A process that does one action and is killed on the way. Run as a module by `test_kill`.

Arguments: the URL of the records, the draft as JSON, and where it dies: "after_250" (the server has taken the mail,
nothing is recorded yet), "after_record" (it is recorded, no copy is filed), "before_data" (the journal says that it is
being handed over, nothing was), "before_journal".
"""

import asyncio
import json
import os
import signal
import sys
from typing import NoReturn

from backend.actions.action import Draft, Field
from backend.database import Database
from backend.mail.sending import Sending
from backend.mail.smtp import Submission
from tests.integration.mail.world import action, mail_service, no_files


async def _die(*_: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


async def _main(url: str, written: str, place: str) -> None:
    given = json.loads(written)
    draft = Draft(given["kind"], "", tuple(Field(**one) for one in given["fields"]), given["payload"])
    service = mail_service(Database(url), no_files())
    owner, name = {
        "after_250": (Sending, "_record"),
        "after_record": (Sending, "file"),
        "before_data": (Submission, "hand_over"),
        "before_journal": (Sending, "_begin"),
    }[place]
    setattr(owner, name, _die)
    performer = next(one for one in service.performers if draft.kind in one.kinds)
    await performer.perform(action(draft))


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
