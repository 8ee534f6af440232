/**
 * The groups of the flags of commands for serving, in the order in which their help shows them.
 * @module
 */

import { type Command, Option } from "commander";

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  "Where it listens": [
    ...["port", "host", "development", "grpc-port", "metrics-port", "no-grpc", "one-port"],
  ],
  "How it starts": ["open", "reload", "config", "working-dir", "ui"],
  "Who may call": [
    ...["api-key", "api-keys-file", "metrics-key", "open-path", "cors-origin", "trust-proxy"],
    "allowed-host",
  ],
  Limits: [
    ...["rate-limit", "rate-burst", "max-concurrency", "timeout", "max-body", "max-held"],
    ...["max-connections", "max-concurrent-streams", "max-concurrent-rpcs"],
  ],
  "Workers and batches": ["workers", "threads", "backend", "isolation", "batch", "try-webgpu"],
  "Models without code": ["name", "watch", "max-models", "model-control", "strict-readiness"],
  "Log and metrics": [
    ...["log-format", "log-level", "no-access-log", "access-log-sample", "native-histograms"],
    "record-trace",
  ],
  "Stops and failures": ["grace", "drain-lead", "on-uncaught"],
  TLS: [
    ...["ssl-certfile", "ssl-keyfile", "ssl-keyfile-password", "ssl-ca-certs", "ssl-cert-reqs"],
    ...["ssl-version", "ssl-ciphers"],
  ],
  Other: ["compatibility", "no-reflection", "help"],
};

/** The place of each flag. */
const PLACES: ReadonlyMap<string, { readonly group: string; readonly rank: number }> = new Map(
  Object.entries(GROUPS)
    .flatMap(([group, flags]) => flags.map((flag) => [`--${flag}`, group] as const))
    .map(([flag, group], rank) => [flag, { group: `${group}:`, rank }]),
);

/** Makes the help of a command show its flags in groups. */
export function withGroups(command: Command): Command {
  return command.configureHelp({
    groupItems<T extends Command | Option>(_: T[], items: T[], groupOf: (item: T) => string) {
      const groups = new Map<string, T[]>();
      for (const item of items.toSorted((a, b) => rankOf(a) - rankOf(b))) {
        const group = placeOf(item)?.group ?? groupOf(item);
        groups.set(group, [...(groups.get(group) ?? []), item]);
      }
      return groups;
    },
  });
}

function placeOf(item: Command | Option): { group: string; rank: number } | undefined {
  return item instanceof Option ? PLACES.get(item.long ?? "") : undefined;
}

function rankOf(item: Command | Option): number {
  return placeOf(item)?.rank ?? Number.POSITIVE_INFINITY;
}
