/** Who is signed in and how, and what is recorded of it, as the backend's schemas name it. */

export type Role = 'user' | 'medical_staff' | 'auditor' | 'admin'

/** How it was found out who asks. */
export type Way = 'visitor' | 'appapi' | 'oidc' | 'bearer' | 'account' | 'service'

/** What one can sign in by; null what is not configured. */
export interface SignInWays {
  oidc: { name: string } | null
  accounts: { registration: boolean } | null
}

export interface Me {
  /** Whose files they have. */
  user_id: string
  signed_in_as: string
  roles: Role[]
  way: Way
  /** Null where no session of ours carries the request. */
  session_id: string | null
}

export interface OwnSession {
  id: string
  way: Way
  begun_at: string
  used_at: string
  agent: string
  address: string
  /** It is the one that asks. */
  current: boolean
}

export type SecondMethod = 'totp' | 'webauthn' | 'recovery'

/** What is still wanted after the password. */
export interface SecondStep {
  challenge: string
  methods: SecondMethod[]
  webauthn: PublicKeyCredentialRequestOptionsJSON | null
}

/** A local account. `name` may be empty. */
export interface OwnAccount {
  email: string
  name: string
}

export interface NewAccount {
  email: string
  password: string
  name: string
}

/** 0 to 100, and why it is not more. */
export interface Strength {
  score: number
  reasons: string[]
}

export interface SecondFactor {
  id: string
  kind: 'totp' | 'webauthn'
  name: string
  created_at: string
  used_at: string | null
}

export interface SecondFactors {
  factors: SecondFactor[]
  recovery_codes_left: number
}

/** A new authenticator app: its secret in base 32, as the address that apps read, and that as a picture of a QR code. */
export interface TotpSecret {
  secret: string
  uri: string
  qr: string
}

/** A key of a program's; its times are instants. */
export interface ProgramKey {
  id: string
  name: string
  read_only: boolean
  made_at: string
  /** Null for one without an end. */
  expires_at: string | null
  used_at: string | null
}

export type WantedKey = Pick<ProgramKey, 'name' | 'expires_at' | 'read_only'>

export interface AuditFilter {
  user: string
  kind: string
  resource: string
  /** Instants; empty for no bound. */
  since: string
  until: string
}

export interface AuditEntry {
  sequence: number
  at: string
  user_id: string | null
  kind: string
  resource: string | null
  outcome: 'success' | 'refused' | 'failed'
  reason: string | null
  address: string
  agent: string
  request_id: string
  details: Record<string, string>
}
