import './standalone/boot'
import './standalone/theme.css'

import { createApp } from 'vue'

import { Api } from './api'
import App from './App.vue'
import { detectEnvironment, isVoicePage } from './environment'
import { registerTranslations } from './l10n'
import { createRouter } from './route'
import { API, ENVIRONMENT, ROUTER } from './services'
import VoiceApp from './VoiceApp.vue'

registerTranslations()
const environment = detectEnvironment()
createApp(isVoicePage() ? VoiceApp : App)
  .provide(API, new Api(environment))
  .provide(ENVIRONMENT, environment)
  .provide(ROUTER, createRouter())
  .mount('#content')
