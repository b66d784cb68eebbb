/** The time that passes while something on the page counts it. */

import { onBeforeUnmount, ref, watch, type Ref } from 'vue'

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
