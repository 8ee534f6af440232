/** A store in a temporary folder, which `EKIBEN_HOME` names meanwhile. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Store } from "../../src/models/store.ts";

export interface TemporaryStore extends Disposable {
  /** A folder beside the store. */
  readonly folder: string;
  readonly home: string;
  readonly store: Store;
}

export function temporaryStore(): TemporaryStore {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "ekiben-store-")));
  const home = join(folder, "home");
  const before = process.env["EKIBEN_HOME"];
  process.env["EKIBEN_HOME"] = home;
  return {
    folder,
    home,
    store: new Store(),
    [Symbol.dispose]() {
      if (before === undefined) delete process.env["EKIBEN_HOME"];
      else process.env["EKIBEN_HOME"] = before;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The path of a small model of the examples, with 227,777 bytes. */
export const MNIST: string = new URL("../../examples/mnist/mnist-cnn.onnx", import.meta.url)
  .pathname;
