/** The service in this page: its workers, its Service Worker, and a server if there is one. */
import {
  connectServiceWorker,
  type OpenService,
  openService,
  type Policy,
  type ServiceWorkerConnection,
} from "ekiben/browser";
import service from "../mnist/service.ts";

/** Where calls may be answered. */
export interface Settings {
  /** The URL of a server of the same service, or "" for none. */
  readonly server: string;
  readonly policy: Policy;
  /** The backend of the model; `undefined` chooses WebGPU where there is a graphics card. */
  readonly backend: "wasm" | "webgpu" | undefined;
}

/** The answer to a picture. */
export interface Prediction {
  readonly digit: number;
  readonly scores: readonly number[];
  /** Where it was answered, and why there. */
  readonly place: string;
  readonly reason: string;
  readonly timeMs: number;
}

/** The service in this page. */
export interface Mnist {
  predict(picture: Blob): Promise<Prediction>;
  /** The backends of its model and the number of its workers. */
  facts(): { readonly backend: string; readonly workers: number };
  /** Its connection to the Service Worker; rejected where there can be none. */
  readonly connection: Promise<ServiceWorkerConnection>;
}

/** Opens the service. The model is loaded at the first call. */
export async function openMnist({ server, policy, backend }: Settings): Promise<Mnist> {
  const open = openService(service, {
    worker: () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }),
    backend: backend ?? ((await hasGpu()) ? "webgpu" : "auto"),
    ...(server === "" ? {} : { fallback: server, policy }),
  });
  const url = new URL("./service-worker.js", import.meta.url);
  const connection = connectServiceWorker(open, { url });
  let isConnected = false;
  connection.then(
    () => {
      isConnected = true;
    },
    () => {}, // the page says so, and calls the service directly
  );
  return {
    predict: (picture) => predict(picture, isConnected ? undefined : open),
    facts() {
      const [runner] = service.runners;
      return { backend: runner?.backends.join(", ") ?? "", workers: runner?.stats().ready ?? 0 };
    },
    connection,
  };
}

/** Calls `predict` by the Service Worker, or directly where there is none. */
async function predict(picture: Blob, direct: OpenService | undefined): Promise<Prediction> {
  const beganAt = performance.now();
  const init = { method: "POST", body: picture, headers: { "content-type": picture.type } };
  const response = await (direct?.fetch("/predict", init) ?? fetch("predict", init));
  const answer = (await response.json()) as Prediction & { readonly error?: string };
  if (!response.ok) throw new Error(answer.error);
  const { place = "", reason = "" } = direct?.answerOf(response) ?? {};
  return {
    ...answer,
    place: response.headers.get("x-ekiben-place") ?? (place === "local" ? "page" : place),
    reason: response.headers.get("x-ekiben-reason") ?? reason,
    timeMs: performance.now() - beganAt,
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
