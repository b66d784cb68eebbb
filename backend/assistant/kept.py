"""The conversations that are kept: listed, read, renamed, removed, exported, shared, branched, judged."""

from typing import Literal

from backend.assistant.answers import Answers
from backend.assistant.commands.service import Commands
from backend.assistant.conversations import Conversations
from backend.assistant.export import ExportedFile, exported, file_stem, markdown
from backend.assistant.library import Library, Shelf
from backend.assistant.question import written_text
from backend.assistant.runs import Runs
from backend.assistant.schemas import ChatMessage, Conversation, ConversationSummary, Feedback, SharedFile
from backend.assistant.withholding import readable_messages
from backend.errors import BadInput

LONGEST_TITLE = 200
# Where conversations are shared to when no folder is named.
SHARE_FOLDER = "/VoiceAssist"


class Kept:
    """Everybody's conversations, each user's own."""

    def __init__(
        self,
        conversations: Conversations,
        answers: Answers,
        runs: Runs,
        library: Library,
        shelf: Shelf,
        commands: Commands | None,
    ) -> None:
        self._conversations = conversations
        self._answers = answers
        self._runs = runs
        self._library = library
        self._shelf = shelf
        self._commands = commands

    async def judge(self, user_id: str, turn_id: str, feedback: Feedback) -> Feedback:
        """Keep what the user thinks of an answer. Raises `NotFound`."""
        feedback = feedback.model_copy(update={"words": written_text(feedback.words or "") or None})
        await self._answers.judge(user_id, turn_id, feedback)
        return feedback

    async def forget_judgement(self, user_id: str, turn_id: str) -> None:
        """Forget what the user thought of an answer. Raises `NotFound`."""
        await self._answers.judge(user_id, turn_id, None)

    async def branch(self, user_id: str, conversation_id: str, turn_id: str) -> ConversationSummary:
        """Go on from an answer in a conversation of its own. Raises `NotFound`, `Conflict`."""
        return await self._answers.branch(user_id, conversation_id, turn_id)

    async def export(self, user_id: str, conversation_id: str, kind: Literal["markdown", "json"]) -> ExportedFile:
        """A conversation as a file. Raises `NotFound`."""
        return exported(await self.get(user_id, conversation_id), kind)

    async def share(self, user_id: str, conversation_id: str, folder: str | None, turn_id: str | None) -> SharedFile:
        """Write a conversation, or one answer of it, as a Markdown file into the user's files.

        Raises `NotFound`, `BadInput` for a folder that cannot be, and what Nextcloud refuses.
        """
        conversation = await self.get(user_id, conversation_id)
        content = markdown(conversation, turn_id).encode()
        node = await self._shelf.put(user_id, folder or SHARE_FOLDER, file_stem(conversation.title), content)
        return SharedFile(
            file_id=node.file_id, path=node.path, link=self._library.link(user_id, node.file_id, node.path)
        )

    async def list(
        self, user_id: str, offset: int, limit: int, query: str = ""
    ) -> tuple[list[ConversationSummary], int]:
        """A page of the user's conversations, those that mention every word of `query`, and how many there are."""
        return await self._conversations.list(user_id, offset, limit, query)

    async def get(self, user_id: str, conversation_id: str) -> Conversation:
        """One conversation, without what its user cannot read any more. Raises `NotFound`."""
        found = await self._conversations.get(user_id, conversation_id)
        messages = await readable_messages(self._library, user_id, found.messages)
        return found.model_copy(update={"messages": [await self.with_cards(user_id, one) for one in messages]})

    async def with_cards(self, user_id: str, message: ChatMessage) -> ChatMessage:
        """The message with its actions as they stand now."""
        if self._commands is None or not message.action_ids:
            return message
        return message.model_copy(update={"actions": await self._commands.views(user_id, message.action_ids)})

    async def cut(self, user_id: str, turn_id: str, length: int, note: str) -> None:
        """Keep of an answer that is over what its user has heard: its first `length` characters.

        `note` says so. An answer that is no longer is kept as it is. Raises `NotFound`.
        """
        await self._answers.cut(user_id, turn_id, length, note)

    async def rename(self, user_id: str, conversation_id: str, title: str) -> ConversationSummary:
        """Give a conversation another title. Raises `BadInput`, `NotFound`."""
        title = " ".join(written_text(title).split())
        if not title:
            raise BadInput("The title is empty.", field="title")
        if len(title) > LONGEST_TITLE:
            raise BadInput(f"The title has {len(title)} characters; at most {LONGEST_TITLE} are kept.", field="title")
        return await self._conversations.rename(user_id, conversation_id, title)

    async def delete(self, user_id: str, conversation_id: str) -> None:
        """Remove a conversation for good; what is running in it stops. Raises `NotFound`."""
        await self._conversations.scope(user_id, conversation_id)
        await self._runs.cancel_conversation(user_id, conversation_id)
        await self._conversations.delete(user_id, conversation_id)

    async def forget_user(self, user_id: str) -> int:
        """Remove everything of a user who is no more; what is running stops. Returns how many conversations."""
        found, total = await self._conversations.list(user_id, 0, 1)
        while found:
            await self._runs.cancel_conversation(user_id, found[0].id)
            await self._conversations.delete(user_id, found[0].id)
            found, _ = await self._conversations.list(user_id, 0, 1)
        return total
