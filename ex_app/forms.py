"""The forms in Nextcloud's settings: the administrator's and each user's own, and what their values mean.

Nextcloud stores the values (as strings) and tells nobody when they change, so `configuration` reads them regularly.
A field's id is the key of its value; the administrator's ids are names of `Settings` fields. No two forms of an app may
share one: Nextcloud (34) would then save nothing in either.
"""

from dataclasses import dataclass

from nc_py_api.ex_app import SettingsField, SettingsFieldType, SettingsForm

from backend.settings import AnswersBy, ModelsWhere, OcrBy, RecordingsBy, Settings, SpeechBy

ADMIN_FORM = "voiceassist_admin"
USER_FORM = "voiceassist_user"

# The user's voice; the administrator's `voice` is something else.
VOICE = "spoken_voice"

# A language that is chosen nowhere else than in Nextcloud.
AUTO = "auto"
NORMAL_SPEED = "1.0"


def admin_form(settings: Settings) -> SettingsForm:
    """The administrator's form, with the values of the environment as defaults."""
    return SettingsForm(
        id=ADMIN_FORM,
        section_type="admin",
        section_id="ai_integration_team",
        title="VoiceAssist",
        description="Answers from each user's own files. Changes take effect within a minute.",
        fields=[
            SettingsField(
                id="answers_by",
                title="Answers are written by",
                description="Without a language model, the sentences that answer are shown word for word.",
                type=SettingsFieldType.SELECT,
                default=settings.answers_by,
                options={
                    "VoiceAssist itself, word for word": AnswersBy.EXTRACTIVE,
                    "A language model at the address below": AnswersBy.ENDPOINT,
                    "The language model of this Nextcloud": AnswersBy.NEXTCLOUD,
                },
            ),
            SettingsField(
                id="models_where",
                title="Passages of files, and what is spoken, may be sent to",
                description="A model outside of your own network only sees passages, and hears, if you allow it here.",
                type=SettingsFieldType.SELECT,
                default=settings.models_where,
                options={
                    "Machines in our own network only": ModelsWhere.LOCAL,
                    "Any address given below": ModelsWhere.ANYWHERE,
                },
            ),
            SettingsField(
                id="models_local_hosts",
                title="Our own network",
                description="Networks, addresses and host names, separated by commas, for example 10.0.0.0/8, "
                "models.clinic.example. The machine that VoiceAssist runs on always counts.",
                type=SettingsFieldType.TEXT,
                default=settings.models_local_hosts,
            ),
            SettingsField(
                id="nextcloud_model_is_local",
                title="The language model, speech and text recognition of this Nextcloud run in our own network",
                description="Nextcloud does not tell where its providers send text and sound.",
                type=SettingsFieldType.CHECKBOX,
                default=settings.nextcloud_model_is_local,
            ),
            SettingsField(
                id="llm_base_url",
                title="Address of the language model",
                description="OpenAI-compatible, for example http://localhost:11434/v1",
                type=SettingsFieldType.URL,
                default=settings.llm_base_url,
            ),
            SettingsField(
                id="llm_model",
                title="Name of the model there",
                type=SettingsFieldType.TEXT,
                default=settings.llm_model,
            ),
            SettingsField(
                id="llm_api_key",
                title="Key for that address",
                type=SettingsFieldType.PASSWORD,
                default="",
                sensitive=True,
            ),
            SettingsField(
                id="voice",
                title="Voice",
                description="Users may speak with VoiceAssist, and it answers aloud.",
                type=SettingsFieldType.CHECKBOX,
                default=settings.voice,
            ),
            SettingsField(
                id="hears_by",
                title="Spoken words are recognised by",
                description="VoiceAssist itself hears English commands. Whoever is chosen, it hears when that one does "
                "not answer or may not be asked.",
                type=SettingsFieldType.SELECT,
                default=settings.hears_by,
                options={
                    "VoiceAssist itself": SpeechBy.BUILTIN,
                    "Models beside VoiceAssist, which an administrator fetches": SpeechBy.LOCAL,
                    "A server at the address below": SpeechBy.ENDPOINT,
                    "A server at the address below, word by word": SpeechBy.REALTIME,
                    "The speech recognition of this Nextcloud": SpeechBy.NEXTCLOUD,
                },
            ),
            SettingsField(
                id="speaks_by",
                title="Answers are spoken by",
                type=SettingsFieldType.SELECT,
                default=settings.speaks_by,
                options={
                    "VoiceAssist itself": SpeechBy.BUILTIN,
                    "Voices beside VoiceAssist, which an administrator fetches": SpeechBy.LOCAL,
                    "A server at the address below": SpeechBy.ENDPOINT,
                    "The speech of this Nextcloud": SpeechBy.NEXTCLOUD,
                },
            ),
            SettingsField(
                id="speech_base_url",
                title="Address of the server that hears and speaks",
                description="OpenAI-compatible, for example http://localhost:8000/v1",
                type=SettingsFieldType.URL,
                default=settings.speech_base_url,
            ),
            SettingsField(
                id="speech_is_relay",
                title="That server passes sound and text on to a service elsewhere",
                type=SettingsFieldType.CHECKBOX,
                default=settings.speech_is_relay,
            ),
            SettingsField(
                id="speech_api_key",
                title="Key for that address",
                type=SettingsFieldType.PASSWORD,
                default="",
                sensitive=True,
            ),
            SettingsField(
                id="transcription_model",
                title="Name of the model there that hears",
                type=SettingsFieldType.TEXT,
                default=settings.transcription_model,
            ),
            SettingsField(
                id="realtime_model",
                title="Name of the model there that hears word by word",
                description="Empty: the same.",
                type=SettingsFieldType.TEXT,
                default=settings.realtime_model,
            ),
            SettingsField(
                id="speech_model",
                title="Name of the model there that speaks",
                type=SettingsFieldType.TEXT,
                default=settings.speech_model,
            ),
            SettingsField(
                id="speech_voice",
                title="Its voice",
                type=SettingsFieldType.TEXT,
                default=settings.speech_voice,
            ),
            SettingsField(
                id="ocr_by",
                title="Text in scans and pictures is recognised by",
                description="Nextcloud's provider is given whole files: scanned pages among pages of text are left "
                "out. After a change, files that were read before are read again by occ voiceassist:reindex.",
                type=SettingsFieldType.SELECT,
                default=settings.ocr_by,
                options={
                    "Tesseract, beside VoiceAssist": OcrBy.TESSERACT,
                    "The text recognition of this Nextcloud": OcrBy.NEXTCLOUD,
                    "Nobody": OcrBy.NONE,
                },
            ),
            SettingsField(
                id="recordings_by",
                title="Recordings among files are transcribed by",
                description="VoiceAssist itself hears free speech badly and needs much processor time for it. After a "
                "change, recordings that were left out are transcribed by occ voiceassist:reindex.",
                type=SettingsFieldType.SELECT,
                default=settings.recordings_by,
                options={
                    "Whoever recognises spoken words, except VoiceAssist itself": RecordingsBy.DICTATION,
                    "Whoever recognises spoken words": RecordingsBy.ANY,
                    "Nobody": RecordingsBy.NONE,
                },
            ),
            SettingsField(
                id="max_file_size_mb",
                title="Largest file to index (MB)",
                type=SettingsFieldType.NUMBER,
                default=settings.max_file_size_mb,
            ),
            SettingsField(
                id="index_exclude",
                title="Never index",
                description="Paths in users' homes, separated by commas; * stands for any text: /Private/*, *.tmp",
                type=SettingsFieldType.TEXT,
                default=settings.index_exclude,
            ),
            SettingsField(
                id="indexing",
                title="Index files",
                description="Switched off, what is indexed stays searchable and nothing new is read.",
                type=SettingsFieldType.CHECKBOX,
                default=settings.indexing,
            ),
        ],
    )


def user_form() -> SettingsForm:
    """Each user's own form."""
    return SettingsForm(
        id=USER_FORM,
        section_type="personal",
        section_id="ai_integration_team",
        title="VoiceAssist",
        description="Changes take effect within a minute. Mail accounts and calendars are set up on VoiceAssist's own "
        "page: open it from the app menu and choose Accounts.",
        fields=[
            SettingsField(
                id="language",
                title="Language of notifications, reminders and speech",
                description="Written answers come in the language of the question.",
                type=SettingsFieldType.SELECT,
                default=AUTO,
                options={"As in Nextcloud": AUTO, "English": "en", "Deutsch": "de"},
            ),
            SettingsField(
                id="speed",
                title="Answers are spoken",
                type=SettingsFieldType.SELECT,
                default=NORMAL_SPEED,
                options={"Slowly": "0.8", "Normally": NORMAL_SPEED, "Quickly": "1.25", "Very quickly": "1.5"},
            ),
            SettingsField(
                id=VOICE,
                title="Name of the voice",
                description="Those that there are can be heard on VoiceAssist's voice page. Empty: the usual one.",
                type=SettingsFieldType.TEXT,
                default="",
            ),
            SettingsField(
                id="opt_out",
                title="Do not index my files",
                description="What was indexed of them is removed.",
                type=SettingsFieldType.CHECKBOX,
                default=False,
            ),
            SettingsField(
                id="include",
                title="Index only these folders",
                description="Separated by commas, for example: /Work, /Letters. Empty: all.",
                type=SettingsFieldType.TEXT,
                default="",
            ),
            SettingsField(
                id="exclude",
                title="Never index these folders",
                description="Separated by commas, for example: /Private, /Work/Drafts. A folder with a file named "
                ".noindex is left out as well.",
                type=SettingsFieldType.TEXT,
                default="",
            ),
        ],
    )


@dataclass(frozen=True, slots=True)
class Refused:
    """A stored value that cannot be used, and why. The value in force before stays in force."""

    key: str
    reason: str


def apply(settings: Settings, values: dict[str, str]) -> tuple[Settings, list[Refused]]:
    """The settings with the administrator's stored values laid over the environment's, field by field."""
    refused = []
    for key, value in values.items():
        try:
            settings = Settings.model_validate({**settings.model_dump(), key: value})
        except ValueError as error:
            # pydantic's own text repeats the value, which may be a key.
            reason = "; ".join(problem["msg"] for problem in getattr(error, "errors", list)())
            refused.append(Refused(key, reason or "not a valid value"))
    return settings, refused
