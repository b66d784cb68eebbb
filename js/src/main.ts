import './standalone/boot'
import './standalone/theme.css'

import { createApp } from 'vue'

import { Api } from './api'
import App from './App.vue'
import { detectEnvironment } from './environment'
import { registerTranslations } from './l10n'
import { createRouter } from './route'
import { API, ROUTER } from './services'

registerTranslations()
createApp(App).provide(API, new Api(detectEnvironment())).provide(ROUTER, createRouter()).mount('#content')
