/** A form that is sent: what was wrong and at which field, and how long to wait before the next try. */

import { computed, shallowRef, type ComputedRef } from 'vue'

import { asApiError, type ApiError } from './api'
import { useWait } from './clock'

export interface Form {
  /** It is being sent, or has to wait. */
  blocked: ComputedRef<boolean>
  /** What was wrong, unless it is at one of the form's fields. */
  error: ComputedRef<ApiError | null>
  /** Props for a field: whether and what is wrong with it. */
  at(field: string): { error: boolean; helperText: string | undefined }
  /** Show something that went wrong elsewhere. */
  fail(problem: unknown): void
  /** Gives whether it went well. */
  send(action: () => Promise<void>): Promise<boolean>
}

/** `fields`: the server's names of those that can show an error. */
export function useForm(fields: readonly string[] = []): Form {
  const busy = shallowRef(false)
  const problem = shallowRef<ApiError | null>(null)
  const atField = computed(() => fields.includes(problem.value?.field ?? ''))
  const wait = useWait(() => problem.value)
  return {
    blocked: computed(() => busy.value || wait.value > 0),
    error: computed(() => (atField.value ? null : problem.value)),
    at(field) {
      const wrong = atField.value && problem.value?.field === field
      return { error: wrong, helperText: wrong ? problem.value?.message : undefined }
    },
    fail(thrown) {
      problem.value = asApiError(thrown)
    },
    async send(action) {
      if (busy.value) {
        return false
      }
      busy.value = true
      problem.value = null
      try {
        await action()
        return true
      } catch (thrown) {
        problem.value = asApiError(thrown)
        return false
      } finally {
        busy.value = false
      }
    },
  }
}
