import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

import manifest from './package.json' with { type: 'json' }

// One classic script and one style sheet: AppAPI registers scripts by path, without `type="module"`, and loads them
// through its proxy, where the address of a further chunk would have to be known. Our own page loads the same two.
//
// What runs on the audio thread can only be loaded as a file of its own: `--mode worklet` builds that one.
const ENTRY = 'voiceassist-main'
const WORKLET = 'voiceassist-capture'

export default defineConfig(({ mode }) => ({
  plugins: [vue()],
  base: './',
  define: {
    // Read by @nextcloud/vue.
    appName: JSON.stringify('voiceassist'),
    appVersion: JSON.stringify(manifest.version),
    ...(mode === 'production' && { 'process.env.NODE_ENV': JSON.stringify('production') }),
    __VUE_OPTIONS_API__: true,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false,
  },
  build: {
    outDir: 'dist',
    target: 'es2022',
    cssCodeSplit: false,
    emptyOutDir: mode !== 'worklet',
    copyPublicDir: mode !== 'worklet',
    lib: {
      entry: mode === 'worklet' ? 'src/voice/capture-worklet.ts' : 'src/main.ts',
      name: 'VoiceAssist',
      formats: ['iife'],
      fileName: () => `${mode === 'worklet' ? WORKLET : ENTRY}.js`,
      cssFileName: ENTRY,
    },
    reportCompressedSize: true,
    chunkSizeWarningLimit: 1500,
  },
  // The app's sign lies beside js/.
  server: { fs: { allow: ['..'] } },
  test: {
    environment: 'happy-dom',
    include: ['src/tests/**/*.test.ts'],
    setupFiles: ['src/tests/setup.ts'],
    server: { deps: { inline: [/@nextcloud\/vue/, /vue-material-design-icons/] } },
    css: false,
    restoreMocks: true,
  },
}))
