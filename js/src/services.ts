/** What the components get from the outside, provided once by main.ts. */

import { inject, type InjectionKey } from 'vue'

import type { Api } from './api'
import type { Environment } from './environment'
import type { Router } from './route'

export const API: InjectionKey<Api> = Symbol('api')
export const ENVIRONMENT: InjectionKey<Environment> = Symbol('environment')
export const ROUTER: InjectionKey<Router> = Symbol('router')

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
