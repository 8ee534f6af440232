/** A catalog in memory, which tests change, and a repository of it. */
import type { Host } from "../../src/host/host.ts";
import { host } from "../../src/host/server.ts";
import { type MetricsRegistry, metrics } from "../../src/metrics/registry.ts";
import type { Catalog, FoundModel, ModelSettings } from "../../src/repository/model-settings.ts";
import { Repository } from "../../src/repository/repository.ts";
import type { RepositoryOptions } from "../../src/repository/repository-options.ts";
import { newestFirst } from "../../src/repository/versions.ts";
import { type Tensor, tensor } from "../../src/tensor.ts";
import { modelUrl } from "../onnx/models/index.ts";

interface Version {
  readonly url: URL;
  stamp: string;
}

interface Entry {
  settings: ModelSettings;
  reason?: string;
  readonly versions: Map<string, Version>;
}

export class FakeCatalog implements Catalog {
  readonly place = "/nowhere";
  readonly models = new Map<string, Entry>();
  /** What `find()` was asked for. */
  readonly asked: (string | undefined)[] = [];
  /** Awaited by each look. */
  gate: Promise<void> = Promise.resolve();

  /** Adds or replaces a version: of a file of test/onnx/models by its name. */
  put(name: string, version: string, file: string, settings: ModelSettings = {}): void {
    const entry = this.models.get(name) ?? { settings, versions: new Map() };
    entry.settings = settings;
    const before = entry.versions.get(version);
    const stamp = String(Number(before?.stamp ?? 0) + 1);
    entry.versions.set(version, { url: modelUrl(file), stamp });
    this.models.set(name, entry);
  }

  async list() {
    await this.gate;
    return [...this.models].map(([name, entry]) =>
      entry.reason === undefined ? found(name, entry) : { name, reason: entry.reason },
    );
  }

  async find(name: string, config?: string): Promise<FoundModel | undefined> {
    this.asked.push(config);
    await this.gate;
    const entry = this.models.get(name);
    if (entry?.reason !== undefined) throw new Error(entry.reason);
    const own: ModelSettings = config === undefined ? {} : JSON.parse(config);
    return entry && found(name, { ...entry, settings: { ...entry.settings, ...own } });
  }
}

function found(name: string, { settings, versions }: Entry): FoundModel {
  const all = [...versions].map(([version, each]) => ({ version, ...each }));
  return { name, settings, versions: all.sort((a, b) => newestFirst(a.version, b.version)) };
}

/** A repository that has been started, and its metrics. */
export interface Opened extends AsyncDisposable {
  readonly catalog: FakeCatalog;
  readonly models: Repository;
  readonly registry: MetricsRegistry;
}

/** Starts a repository of a catalog. */
export async function opened(
  catalog: FakeCatalog,
  options: Partial<RepositoryOptions> = {},
  at: Host = host,
): Promise<Opened> {
  const batchingOf = () => ({ choice: "on", overridesOff: false }) as const;
  const models = new Repository({ catalog, batchingOf, ...options });
  const registry = metrics({ processMetrics: false });
  const about = { serviceName: "tested", serviceVersion: "1", namespace: "bentoml_runner" };
  const metricsOf = () => ({ ...about, registry, enabled: true });
  await models.start(at, { metricsOf, backend: "native" });
  return { catalog, models, registry, [Symbol.asyncDispose]: () => models.close(100) };
}

/** An input of the models `unnamed`, which answers twice its value. */
export function two(...values: readonly [number, number]): Tensor<"float32"> {
  return tensor("float32", [1, 2], Float32Array.from(values));
}

/** Runs a model that doubles. Returns the version that has answered, and its values. */
export async function run(models: Repository, name: string, version?: string) {
  using use = await models.use(name, version, {});
  const [answer] = Object.values(await use.model.run({ x: two(1, 2) }));
  return [use.model.version, ...(answer?.data ?? [])];
}
