/** Modules of WebAssembly, as bundlers and workerd import them. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
