"""The HTTP side of second factors."""

from fastapi import APIRouter

from backend.envelope import Envelope, ok
from backend.identity.accounts.schemas import (
    AddingWebAuthn,
    ConfirmingTotp,
    FactorsView,
    FactorView,
    RecoveryCodes,
    TotpView,
)
from backend.identity.accounts.second_factors import SecondFactors
from backend.identity.accounts.totp import picture_of
from backend.identity.principal import CurrentPrincipal


def build_router(factors: SecondFactors) -> APIRouter:
    """The routes, to be mounted under `/api/v1/auth`."""
    router = APIRouter(prefix="/second-factors")

    @router.get("")
    async def listed(principal: CurrentPrincipal) -> Envelope[FactorsView]:
        """Your second factors."""
        found, left = await factors.of(principal.signed_in_as)
        return ok(FactorsView(factors=[FactorView.of(factor) for factor in found], recovery_codes_left=left))

    @router.post("/totp")
    async def new_totp(principal: CurrentPrincipal) -> Envelope[TotpView]:
        """Begin to add an authenticator app."""
        secret, uri = await factors.new_totp(principal.signed_in_as)
        return ok(TotpView(secret=secret, uri=uri, qr=picture_of(uri)))

    @router.post("/totp/confirm")
    async def confirm_totp(principal: CurrentPrincipal, given: ConfirmingTotp) -> Envelope[RecoveryCodes]:
        """Confirm the app by a code. Recovery codes are given where there were none."""
        return ok(RecoveryCodes(recovery_codes=await factors.confirm_totp(principal.signed_in_as, given.code)))

    @router.post("/webauthn/options")
    async def webauthn_options(principal: CurrentPrincipal) -> Envelope[dict[str, object]]:
        """Begin to add a passkey or security key: what `navigator.credentials.create()` takes, as JSON."""
        return ok(await factors.webauthn_options(principal.signed_in_as))

    @router.post("/webauthn")
    async def add_webauthn(principal: CurrentPrincipal, given: AddingWebAuthn) -> Envelope[RecoveryCodes]:
        """Add the credential. Recovery codes are given where there were none."""
        codes = await factors.add_webauthn(principal.signed_in_as, given.credential, given.name)
        return ok(RecoveryCodes(recovery_codes=codes))

    @router.post("/recovery-codes")
    async def new_codes(principal: CurrentPrincipal) -> Envelope[RecoveryCodes]:
        """New recovery codes; the old ones count no more."""
        return ok(RecoveryCodes(recovery_codes=await factors.new_codes(principal.signed_in_as)))

    @router.delete("/{factor_id}")
    async def remove(principal: CurrentPrincipal, factor_id: str) -> Envelope[None]:
        """Remove a second factor; with the last one your recovery codes go."""
        await factors.remove(principal.signed_in_as, factor_id)
        return ok(None)

    return router
