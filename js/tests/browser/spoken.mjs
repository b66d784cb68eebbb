/** What the browser tests say into the microphone: made by flite and sox when the test runs, kept nowhere. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const RATE = '48000'

/** A WAV file of these parts, one after the other: a text is spoken, a number is so many seconds of a quiet room. */
export function recording(...parts) {
  const folder = mkdtempSync(join(tmpdir(), 'spoken-'))
  const files = parts.map((part, index) => {
    const file = join(folder, `${index}.wav`)
    if (typeof part === 'number') {
      // No microphone gives nothing at all: a little noise, far below a voice.
      execFileSync('sox', ['-R', '-n', '-r', RATE, '-c', '1', '-b', '16', file, 'synth', String(part), 'whitenoise', 'vol', '0.0005'])
    } else {
      const plain = join(folder, `${index}-plain.wav`)
      execFileSync('flite', ['-voice', 'slt', '-t', part, '-o', plain])
      execFileSync('sox', ['-D', plain, '-r', RATE, '-c', '1', '-b', '16', file])
    }
    return file
  })
  const whole = join(folder, 'whole.wav')
  execFileSync('sox', ['-D', ...files, whole])
  return whole
}

/**
 * Runs in the page: keeps for each sound that is handed to an AudioContext its loudest sample and its length (s), and
 * whether it was stopped before its end.
 */
export function watchSound() {
  window.sounds = []
  const start = AudioBufferSourceNode.prototype.start
  AudioBufferSourceNode.prototype.start = function (...when) {
    const samples = this.buffer.getChannelData(0)
    const loudest = samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0)
    const sound = { loudest, seconds: samples.length / this.buffer.sampleRate, stopped: false }
    window.sounds.push(sound)
    this.stop = () => {
      sound.stopped = true
      AudioBufferSourceNode.prototype.stop.call(this)
    }
    return start.apply(this, when)
  }
}

/** Seconds of sound that reached an AudioContext and is no silence. Runs in the page. */
const heard = () => window.sounds.filter(({ loudest }) => loudest > 0.01).reduce((sum, { seconds }) => sum + seconds, 0)

/** Seconds of sound that the page has played so far. */
export function secondsHeard(page) {
  return page.evaluate(heard)
}

/** Wait until the page has played more than so many seconds. */
export async function heardFor(page, seconds) {
  while ((await secondsHeard(page)) <= seconds) {
    await page.waitForTimeout(100)
  }
}
