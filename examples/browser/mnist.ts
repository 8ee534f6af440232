/** The service in this page: its workers, and a server if there is one. */
import { type OpenService, openService, type Policy } from "ekiben/browser";
import service from "../mnist/service.ts";

/** Where calls may be answered. */
export interface Settings {
  /** The URL of a server of the same service, or "" for none. */
  readonly server: string;
  readonly policy: Policy;
  /** The backend of the model; `undefined` for the faster one. */
  readonly backend: "wasm" | "webgpu" | undefined;
}

/** The service in this page. */
export interface Mnist {
  readonly open: OpenService;
  /** The backends of its model and the number of its workers. */
  facts(): { readonly backend: string; readonly workers: number };
}

/** Opens the service. The model is loaded at the first call. */
export async function openMnist({ server, policy, backend }: Settings): Promise<Mnist> {
  const open = openService(service, {
    worker: () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }),
    // `auto` takes WebGPU if the model is faster on it.
    backend: backend ?? ((await hasGpu()) ? "auto" : "wasm"),
    ...(server === "" ? {} : { fallback: server, policy }),
  });
  return {
    open,
    facts() {
      const [runner] = service.runners;
      return { backend: runner?.backends.join(", ") ?? "", workers: runner?.stats().ready ?? 0 };
    },
  };
}

/** The names of renderers in software. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|basic render/i;

/** Returns true if there is a graphics card, as opposed to WebGPU in software. */
async function hasGpu(): Promise<boolean> {
  // Where there is none, Chromium warns on the console of those who ask WebGPU; WebGL is silent.
  const webgl = new OffscreenCanvas(1, 1).getContext("webgl2");
  const renderer = webgl?.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL;
  const name = renderer === undefined ? "" : String(webgl?.getParameter(renderer));
  webgl?.getExtension("WEBGL_lose_context")?.loseContext();
  if (name === "" || SOFTWARE.test(name)) return false;
  const { gpu } = navigator as { readonly gpu?: Gpu };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  return adapter?.info !== undefined && adapter.info.isFallbackAdapter !== true;
}

/** The part of WebGPU that is used; the compiler's library does not have it. */
interface Gpu {
  requestAdapter(): Promise<{ readonly info?: { readonly isFallbackAdapter?: boolean } } | null>;
}
