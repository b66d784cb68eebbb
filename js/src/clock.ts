/** The time that passes while something on the page counts it. */

import { computed, onBeforeUnmount, ref, watch, type ComputedRef, type Ref } from 'vue'

import type { ApiError } from './http'

const SECOND = 1000

/** Now, in milliseconds; it moves each second while `counts` says so and the component is there. */
export function useNow(counts: () => boolean): Ref<number> {
  const now = ref(Date.now())
  let ticking: ReturnType<typeof setInterval> | undefined

  watch(
    counts,
    (wanted) => {
      clearInterval(ticking)
      now.value = Date.now()
      if (wanted) {
        ticking = setInterval(() => (now.value = Date.now()), SECOND)
      }
    },
    { immediate: true },
  )
  onBeforeUnmount(() => {
    clearInterval(ticking)
  })
  return now
}

/** Seconds that are left until another try helps, as far as an error says when; 0 when it may be made. */
export function useWait(error: () => ApiError | null): ComputedRef<number> {
  const until = ref(0)
  const now = useNow(() => until.value > 0)
  const left = computed(() => Math.max(0, Math.ceil((until.value - now.value) / SECOND)))
  watch(
    error,
    (given) => {
      now.value = Date.now()
      until.value = given?.retryAfter ? now.value + given.retryAfter * SECOND : 0
    },
    { immediate: true },
  )
  watch(left, (seconds) => {
    if (seconds === 0) {
      until.value = 0
    }
  })
  return left
}
