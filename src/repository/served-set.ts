/**
 * ServedSet: the versions of a model that take calls together, and which of them takes one.
 * @module
 */

import type { CallOptions } from "../runner/call-options.ts";
import type { ModelMetadata, ServedModel } from "../service/models.ts";
import type { ServiceRunner } from "../service/service-runner.ts";
import type { Leases } from "./leases.ts";
import { chooseVersion, resolveVersion, type VersionSettings } from "./versions.ts";

/** A version with its workers. */
export interface RunningVersion extends ServedModel {
  readonly runner: ServiceRunner;
  /** @throws Error when the model cannot be opened */
  start(): Promise<void>;
  /** @param graceMs how long to wait for workers that cannot be stopped */
  close(graceMs?: number): Promise<void>;
  /** Adds a function to call whenever it may have become ready, or may not be any more. */
  onReadyChange(listener: () => void): void;
}

/** A version that has been started, and its uses. */
export interface LiveVersion {
  readonly version: RunningVersion;
  readonly leases: Leases;
  /** Two of one fingerprint are the same: of the same files, with the same settings. */
  readonly fingerprint: string;
}

/** Versions that are served together. */
export class ServedSet {
  readonly settings: VersionSettings;
  /** The newest first. */
  readonly live: readonly LiveVersion[];
  readonly versions: readonly string[];

  constructor(settings: VersionSettings, live: readonly LiveVersion[]) {
    this.settings = settings;
    this.live = live;
    this.versions = live.map(({ version }) => version.version);
  }

  /** Returns the one of a version. */
  of(version: string): LiveVersion | undefined {
    return this.live.find((each) => each.version.version === version);
  }

  /** Returns the one for a call. @param requested a version or a label, if the call names one */
  choose(requested: string | undefined, call: CallOptions): LiveVersion | undefined {
    if (requested === undefined && this.live.length === 1) return this.live[0];
    const chosen =
      requested === undefined
        ? chooseVersion(this.settings, this.versions, {
            get caller() {
              return call.caller;
            },
            random: Math.random,
          })
        : resolveVersion(this.settings.labels, requested);
    return chosen === undefined ? undefined : this.of(chosen);
  }
}

/** The metadata of versions that are not loaded. */
export class RememberedSet {
  readonly settings: VersionSettings;
  readonly #metadata: ReadonlyMap<string, ModelMetadata>;

  constructor({ settings, live }: ServedSet) {
    this.settings = settings;
    this.#metadata = new Map(
      live.map(({ version }) => [version.version, metadataOf(version)] as const),
    );
  }

  /** The newest first. */
  get versions(): readonly string[] {
    return [...this.#metadata.keys()];
  }

  /** Returns the metadata of a version, or of the one for calls that name none. */
  find(requested: string | undefined): ModelMetadata | undefined {
    const { settings, versions } = this;
    const chosen = requested ?? usualVersion(settings, versions);
    return chosen === undefined
      ? undefined
      : this.#metadata.get(resolveVersion(settings.labels, chosen));
  }
}

/** Returns the version for calls that name none, but for those that go to a canary. */
export function usualVersion(
  settings: VersionSettings,
  versions: readonly string[],
): string | undefined {
  return chooseVersion(settings, versions, { random: () => 1 });
}

/** Copies the metadata of a version, which it computes from its workers. */
function metadataOf(version: ModelMetadata): ModelMetadata {
  const { name, platform, inputs, outputs, rowAxes, maxBatchSize } = version;
  const { maxCallRows, formats, digest, exampleShapes, classLabels, properties } = version;
  return {
    ...{ name, version: version.version, platform, inputs, outputs, rowAxes, maxBatchSize },
    ...{ maxCallRows, formats, digest, exampleShapes, classLabels, properties },
  };
}
