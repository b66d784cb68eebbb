/** The microphone: whether it can be had, which ones there are, and the sound of one as frames. */

import { t } from '../l10n'

/**
 * `blocked`: the page's policy does not let us ask. `insecure`: the page came over plain http, where browsers have no
 * microphone. `unsupported`: the browser has no AudioWorklet.
 */
export type MicrophoneTrouble = 'blocked' | 'refused' | 'missing' | 'busy' | 'insecure' | 'unsupported'

export class MicrophoneError extends Error {
  constructor(readonly trouble: MicrophoneTrouble) {
    super(inWords(trouble))
    this.name = 'MicrophoneError'
  }
}

function inWords(trouble: MicrophoneTrouble): string {
  switch (trouble) {
    case 'blocked':
      return t('voiceassist', 'Nextcloud does not let a page inside it use the microphone. Open the voice page instead.')
    case 'refused':
      return t(
        'voiceassist',
        'The browser does not let this page use the microphone. Allow it in the browser, beside the address of the page, then try again.',
      )
    case 'missing':
      return t('voiceassist', 'No microphone was found. Connect one, then try again.')
    case 'busy':
      return t('voiceassist', 'The microphone does not answer. Another program may be using it.')
    case 'insecure':
      return t('voiceassist', 'Browsers give the microphone only to pages that are opened with https.')
    case 'unsupported':
      return t('voiceassist', 'This browser is too old to talk with. Use a newer one.')
  }
}

/** Chromium's and Safari's name for the policy of the page; others do not tell. */
interface PolicedDocument extends Document {
  featurePolicy?: { allowsFeature: (name: string) => boolean }
}

/** Why there is no use in asking for the microphone, or null. `embedded`: in a page of Nextcloud, which forbids it. */
export function hopeless(embedded: boolean, page: PolicedDocument = document): MicrophoneTrouble | null {
  if (!window.isSecureContext) {
    return 'insecure'
  }
  const allowed = page.featurePolicy?.allowsFeature('microphone') ?? !embedded
  if (!allowed) {
    return 'blocked'
  }
  return 'mediaDevices' in navigator && 'AudioWorkletNode' in window ? null : 'unsupported'
}

/** What `getUserMedia` threw, as what it means to the user (Media Capture and Streams, 10.3). */
export function troubleOf(error: unknown): MicrophoneTrouble {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'refused'
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing'
    default:
      return 'busy'
  }
}

export interface InputDevice {
  id: string
  label: string
}

/** The microphones. Without permission browsers tell no names: then the list is empty. */
export async function inputDevices(): Promise<InputDevice[]> {
  const devices = await navigator.mediaDevices.enumerateDevices()
  return devices
    .filter(({ kind, label }) => kind === 'audioinput' && label !== '')
    .map(({ deviceId, label }) => ({ id: deviceId, label }))
}

export interface Microphone {
  /** The device that gives the sound. */
  deviceId: string
  /** Let it give silence, which also puts out the browser's recording sign where there is one. */
  mute(muted: boolean): void
  close(): void
}

/**
 * Open a microphone, the usual one for an empty `deviceId`. `onFrame` gets its sound, 16-bit at 16 kHz, 20 ms at a time;
 * `onEnd` is called when it is pulled out. Raises `MicrophoneError`.
 */
export async function openMicrophone(
  workletAddress: string,
  deviceId: string,
  onFrame: (frame: Int16Array) => void,
  onEnd: () => void,
): Promise<Microphone> {
  const stream = await capture(deviceId)
  const track = stream.getAudioTracks()[0]
  const context = new AudioContext({ latencyHint: 'interactive' })
  const close = (): void => {
    track?.removeEventListener('ended', onEnd)
    track?.stop()
    void context.close()
  }
  try {
    await context.audioWorklet.addModule(workletAddress)
    const node = new AudioWorkletNode(context, 'voiceassist-capture', {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: 'explicit',
    })
    node.port.onmessage = ({ data }: MessageEvent<Int16Array>) => {
      onFrame(data)
    }
    context.createMediaStreamSource(stream).connect(node)
    await context.resume()
  } catch {
    close()
    throw new MicrophoneError('unsupported')
  }
  track?.addEventListener('ended', onEnd)
  return {
    deviceId: track?.getSettings().deviceId ?? '',
    mute(muted) {
      if (track) {
        track.enabled = !muted
      }
    },
    close,
  }
}

async function capture(deviceId: string): Promise<MediaStream> {
  // Without the echo taken out the assistant would hear itself.
  const wanted = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 }
  const ask = (id: string): Promise<MediaStream> =>
    navigator.mediaDevices.getUserMedia({ audio: { ...wanted, ...(id && { deviceId: { exact: id } }) } })
  try {
    return await ask(deviceId)
  } catch (error) {
    if (deviceId !== '' && troubleOf(error) === 'missing') {
      return capture('') // the chosen one is not plugged in today
    }
    throw new MicrophoneError(troubleOf(error))
  }
}
