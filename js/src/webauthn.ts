/** Passkeys and security keys, by the browser's own translation between WebAuthn and JSON (WebAuthn level 3, 5.1). */

import { ApiError } from './http'
import { t } from './l10n'

export function knowsPasskeys(): boolean {
  return 'PublicKeyCredential' in window && 'parseRequestOptionsFromJSON' in PublicKeyCredential
}

/** Raises `ApiError` when the person or the browser did not go through with it. */
async function credentialFrom(asked: () => Promise<Credential | null>): Promise<PublicKeyCredentialJSON> {
  try {
    const credential = await asked()
    if (credential instanceof PublicKeyCredential) {
      return credential.toJSON()
    }
  } catch (error) {
    if (error instanceof DOMException && error.name === 'InvalidStateError') {
      throw new ApiError('CONFLICT', t('voiceassist', 'This key is known already.'))
    }
  }
  // For the sake of privacy browsers do not say why.
  throw new ApiError('CONFLICT', t('voiceassist', 'The browser got no answer from a passkey or security key.'))
}

/** The answer of a key that the account knows. */
export function askKey(options: PublicKeyCredentialRequestOptionsJSON): Promise<PublicKeyCredentialJSON> {
  return credentialFrom(() =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
  )
}

/** A new key for the account. */
export function makeKey(options: PublicKeyCredentialCreationOptionsJSON): Promise<PublicKeyCredentialJSON> {
  return credentialFrom(() =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  )
}
