/** The icons come as single-file components without types of their own. */
declare module 'vue-material-design-icons/*.vue' {
  import type { DefineComponent } from 'vue'

  const icon: DefineComponent<{ size?: number; title?: string; fillColor?: string }>
  export default icon
}
