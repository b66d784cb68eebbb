import './standalone/boot'
import './standalone/theme.css'

import { createApp } from 'vue'

import { Api } from './api'
import App from './App.vue'
import { detectEnvironment, isVoicePage } from './environment'
import { registerTranslations } from './l10n'
import { createRouter, takeArrival } from './route'
import { API, ENVIRONMENT, IDENTITY, ROUTER } from './services'
import SignInGate from './SignInGate.vue'
import { createIdentityStore } from './stores/identity'
import VoiceApp from './VoiceApp.vue'

registerTranslations()
const environment = detectEnvironment()
const api = new Api(environment)
createApp(SignInGate, { page: isVoicePage() ? VoiceApp : App, arrival: takeArrival() })
  .provide(API, api)
  .provide(ENVIRONMENT, environment)
  .provide(IDENTITY, createIdentityStore(api, environment.issuerLogin !== null))
  .provide(ROUTER, createRouter())
  .mount('#content')
