/** A hub, a store, and a clock for pulls between them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "../../src/models/fetch/progress.ts";
import { parseHubSource } from "../../src/models/hub/hub-source.ts";
import { type HubPullOptions, pullHub } from "../../src/models/pull-hub.ts";
import { until } from "../support/until.ts";
import { LoopbackHub } from "./loopback-hub.ts";
import { QuickClock, STALL_MS } from "./quick-clock.ts";
import { MNIST, type TemporaryStore, temporaryStore } from "./temporary-store.ts";

/** The files of the hub. */
export const model: Buffer = readFileSync(MNIST);
export const tokenizer: Buffer = Buffer.from('{"version":"1.0"}');
const FILES = {
  "onnx/model.onnx": { content: model, lfs: true },
  "tokenizer.json": { content: tokenizer },
  "README.md": { content: Buffer.from("# A model") },
};
/** The name of its repository in the store. */
export const NAME = "owner--my.model";

export class Setup implements AsyncDisposable {
  readonly clock = new QuickClock();
  readonly notes: string[] = [];
  readonly at: TemporaryStore = temporaryStore();
  readonly hub: LoopbackHub;

  constructor(hub: LoopbackHub) {
    this.hub = hub;
    hub.arrived = (bytes) => until(() => this.partSize === bytes);
  }

  /** The size of the file that is being downloaded. */
  get partSize(): number {
    const folder = join(this.at.home, "downloads");
    const name = readdirSync(folder).find((each) => each.endsWith(".part"));
    return name === undefined ? 0 : statSync(join(folder, name)).size;
  }

  static async open(files = {}): Promise<Setup> {
    return new Setup(await LoopbackHub.open({ ...FILES, ...files }));
  }

  pull(source: string, options: HubPullOptions & { token?: string; isOffline?: boolean } = {}) {
    const { token, isOffline = false, ...rest } = options;
    const progress: Progress = { begin() {}, at() {}, end() {}, note: (t) => this.notes.push(t) };
    return pullHub(this.at.store, parseHubSource(source), {
      hub: { endpoint: this.hub.url, token, isOffline, stallMs: STALL_MS },
      settings: { clock: this.clock, stallMs: STALL_MS, tries: 4 },
      progress,
      ...rest,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.at[Symbol.dispose]();
    await this.hub[Symbol.asyncDispose]();
  }
}
