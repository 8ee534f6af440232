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
export function openMnist({ server, policy, backend }: Settings): Mnist {
  const open = openService(service, {
    worker: () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }),
    ...(backend === undefined ? {} : { backend }),
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
