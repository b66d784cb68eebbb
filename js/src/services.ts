/** What the components get from the outside, provided once by main.ts. */

import { inject, type InjectionKey } from 'vue'

import type { Api } from './api'
import type { Environment } from './environment'
import type { Router } from './route'
import type { IdentityStore } from './stores/identity'

export const API: InjectionKey<Api> = Symbol('api')
export const ENVIRONMENT: InjectionKey<Environment> = Symbol('environment')
export const ROUTER: InjectionKey<Router> = Symbol('router')
export const IDENTITY: InjectionKey<IdentityStore> = Symbol('identity')

function needed<T>(key: InjectionKey<T>): T {
  const value = inject(key)
  if (value === undefined) {
    throw new Error(`${String(key)} was not provided`)
  }
  return value
}

export const useApi = (): Api => needed(API)
export const useEnvironment = (): Environment => needed(ENVIRONMENT)
export const useRouter = (): Router => needed(ROUTER)
export const useIdentity = (): IdentityStore => needed(IDENTITY)
