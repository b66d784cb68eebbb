/** What a spoken conversation is made of: the browser's sound, and the network. A test puts others in their place. */

import type { Api } from '../api'

import { HalfDuplex } from './half-duplex'
import { inputDevices, openMicrophone } from './microphone'
import { Player } from './player'
import type { Line, LineListener, Played, Start } from './protocol'
import { VoiceSession } from './session'

export interface VoiceParts {
  openMicrophone: typeof openMicrophone
  inputDevices: typeof inputDevices
  player: (onPlayed: (played: Played) => void) => Pick<Player, keyof Player>
  /** Null where no WebSocket passes; `onHopeless` is called where that is found out. */
  line: (start: () => Start, listener: LineListener, onHopeless: () => void) => Line | null
  halfDuplex: (start: () => Start, listener: LineListener) => Line
}

export function partsOf(api: Api): VoiceParts {
  return {
    openMicrophone,
    inputDevices,
    player: (onPlayed) => new Player(onPlayed),
    line(start, listener, onHopeless) {
      const address = api.sessionAddress()
      return address === null ? null : new VoiceSession(address, start, listener, onHopeless)
    },
    halfDuplex: (start, listener) => new HalfDuplex(api, start, listener),
  }
}
