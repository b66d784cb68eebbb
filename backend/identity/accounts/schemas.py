"""What the routes of local accounts take and give."""

import json
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, field_validator

from backend.identity.accounts.address import LONGEST_EMAIL
from backend.identity.accounts.passwords import LONGEST
from backend.identity.accounts.second_factors import Factor
from backend.identity.accounts.signing_in import Method, SecondAsked
from backend.identity.sessions.schemas import TokensView
from backend.identity.tokens import TOKEN_LENGTH

# Twice a token's length: whatever is longer was never one of ours.
_LONGEST_TOKEN = 2 * TOKEN_LENGTH
_LONGEST_CODE = 64
# A credential with an RSA key and a self-attestation has 2 KB.
_LONGEST_CREDENTIAL = 16_384

# For the examples of the interface's description.
_TOKEN = "qH3v0pD1m8mV6sJYw5t2c9LxgRkB4nZ7aUeOfTiCyXs"  # noqa: S105
_PASSWORD = "kwal stift mond 7"  # noqa: S105
_CREDENTIAL: dict[str, JsonValue] = {
    "id": "q83vEjRWeJCrze8SNFZ4kA",
    "rawId": "q83vEjRWeJCrze8SNFZ4kA",
    "type": "public-key",
    "response": {"clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0", "attestationObject": "o2NmbXRkbm9uZQ"},
}

Email = Annotated[str, Field(max_length=LONGEST_EMAIL)]
Password = Annotated[str, Field(max_length=LONGEST)]
Token = Annotated[str, Field(max_length=_LONGEST_TOKEN)]
Name = Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)]


def _example(**values: JsonValue) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]})


class Registering(BaseModel):
    """A wish for an account."""

    model_config = _example(email="ann@clinic.example", password=_PASSWORD, name="Ann")

    email: Email
    password: Password
    name: Name = ""

    @field_validator("name")
    @classmethod
    def _is_printable(cls, value: str) -> str:
        return _printable(value)


class Verifying(BaseModel):
    """The token out of the link."""

    model_config = _example(token=_TOKEN)

    token: Token


class LoggingIn(BaseModel):
    """Address and password; `cookies` for a browser, which gets its tokens as cookies."""

    model_config = _example(email="ann@clinic.example", password=_PASSWORD, cookies=False)

    email: Email
    password: Password
    cookies: bool = False


class SecondFactorGiven(BaseModel):
    """The second factor: `code` for TOTP and recovery, `credential` for WebAuthn (as its `toJSON()` gives it)."""

    model_config = _example(challenge=_TOKEN, method="totp", code="123456")

    challenge: Token
    method: Method
    code: Annotated[str, Field(max_length=_LONGEST_CODE)] = ""
    credential: dict[str, object] | None = None
    cookies: bool = False

    @field_validator("credential")
    @classmethod
    def _is_small(cls, value: dict[str, object] | None) -> dict[str, object] | None:
        return value if value is None else _small(value)


class ChangingPassword(BaseModel):
    """The old and the new password."""

    model_config = _example(old=_PASSWORD, new="grau tipi lauch 9")

    old: Password
    new: Password


class Forgetting(BaseModel):
    """Whose password is forgotten."""

    model_config = _example(email="ann@clinic.example")

    email: Email


class Resetting(BaseModel):
    """The token out of the link, and the new password."""

    model_config = _example(token=_TOKEN, password=_PASSWORD)

    token: Token
    password: Password


class Assessing(BaseModel):
    """A password, and whose it would be."""

    model_config = _example(password=_PASSWORD, email="ann@clinic.example", name="Ann")

    password: Password
    email: Email = ""
    name: Name = ""


class ConfirmingTotp(BaseModel):
    """A code of the new app."""

    model_config = _example(code="123456")

    code: Annotated[str, Field(max_length=_LONGEST_CODE)]


class AddingWebAuthn(BaseModel):
    """The new credential (as its `toJSON()` gives it), and what its owner calls it."""

    model_config = _example(credential=_CREDENTIAL, name="blue key")

    credential: dict[str, object]
    name: Name = ""

    @field_validator("name")
    @classmethod
    def _is_printable(cls, value: str) -> str:
        return _printable(value)

    @field_validator("credential")
    @classmethod
    def _is_small(cls, value: dict[str, object]) -> dict[str, object]:
        return _small(value)


class SecondView(BaseModel):
    """What is still wanted."""

    challenge: str
    methods: list[Method]
    webauthn: dict[str, object] | None

    @classmethod
    def of(cls, asked: SecondAsked) -> "SecondView":
        return cls(challenge=asked.challenge, methods=list(asked.methods), webauthn=asked.webauthn)


class LoggedIn(BaseModel):
    """The tokens of a session (None for a browser, whose cookies were set), or the second factor that is wanted."""

    tokens: TokensView | None = None
    second: SecondView | None = None


class AccountView(BaseModel):
    """Whose account it is. `name` may be empty."""

    email: str
    name: str


class StrengthView(BaseModel):
    """How hard a password is to guess, 0 to 100, and in sentences why it is not more."""

    score: int
    reasons: list[str]


class FactorView(BaseModel):
    """A second factor."""

    id: str
    kind: Literal["totp", "webauthn"]
    name: str
    created_at: datetime
    used_at: datetime | None

    @classmethod
    def of(cls, factor: Factor) -> "FactorView":
        return cls.model_validate(factor, from_attributes=True)


class FactorsView(BaseModel):
    """Your second factors, and how many recovery codes are left."""

    factors: list[FactorView]
    recovery_codes_left: int


class TotpView(BaseModel):
    """The secret of a new app (base32), also as the address that apps read, and that as a QR code (a `data:` address of
    a picture). It is shown once."""

    secret: str
    uri: str
    qr: str


class RecoveryCodes(BaseModel):
    """New recovery codes, shown once; empty where there are some already."""

    recovery_codes: list[str]


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("has a character that cannot be printed")
    return value


def _small(credential: dict[str, object]) -> dict[str, object]:
    if len(json.dumps(credential)) > _LONGEST_CREDENTIAL:
        raise ValueError(f"is longer than {_LONGEST_CREDENTIAL} characters")
    return credential
