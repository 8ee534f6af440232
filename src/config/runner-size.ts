/**
 * The keys for the numbers of workers and threads of runners: `workers` and `threads`, and
 * BentoML's `resources` and `workers_per_resource`, from which they are computed.
 * @module
 */

import { isMapping, pathOf, type Section, section, shown } from "./mapping.ts";
import { isNumber, numberAbove, valueAt, wholeNumber } from "./value.ts";

/** The numbers of workers and threads of a runner, or what they are computed from. */
export interface SizeConfig {
  readonly workers: number | "auto" | undefined;
  readonly threads: number | undefined;
  /** True if `threads` is that of all runners. */
  readonly sharesThreads: boolean;
  /** The cores for the runner: `all` of those that there are. */
  readonly cores: number | "all" | undefined;
  readonly workersPerCore: number | undefined;
}

/** @throws Error for an invalid value */
export function sizeConfig(runner: Section): SizeConfig {
  return {
    workers: valueAt(runner, "workers", "auto or a whole number from 1 up", isCount),
    threads: wholeNumber(runner, "threads", 1),
    sharesThreads: true,
    cores: cores(runner),
    workersPerCore: numberAbove(runner, "workers_per_resource", 0),
  };
}

function isCount(value: unknown): value is number | "auto" {
  return value === "auto" || (Number.isSafeInteger(value) && isNumber(value, 1));
}

/** BentoML's key for graphics cards. */
export const GPU = "nvidia.com/gpu";

/** Reads `resources`: `system` for all that there are, or `{ cpu: 2 }`. */
function cores({ path, values }: Section): number | "all" | undefined {
  const given = values["resources"] ?? undefined;
  const at = pathOf(path, "resources");
  if (given === undefined) return undefined;
  if (given === "system") return "all";
  if (!isMapping(given)) {
    throw new Error(
      `"${at}" must be system, or a mapping such as { cpu: 2 }, but was ${shown(given)}`,
    );
  }
  const { [GPU]: cards, ...others } = given;
  if (!isNone(cards)) {
    throw new Error(
      `"${at}" asks for ${GPU}, by which Ekiben gives no workers: leave it out, and write ` +
        "backend: webgpu to run models on a GPU",
    );
  }
  return cpu(section(at, others, { known: ["cpu"] }));
}

/** Returns true for no graphics cards. */
function isNone(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === undefined || value === null || Number(value) === 0;
}

/** Reads a number of cores, which may be in thousandths, as in Kubernetes: `500m`. */
function cpu(resources: Section): number | undefined {
  const wanted = "a number of cores above 0, such as 2 or 500m";
  const isCores = (each: unknown): each is unknown => coresOf(each) !== undefined;
  return coresOf(valueAt(resources, "cpu", wanted, isCores));
}

/** A number of cores as a text. */
export const CORES: RegExp = /^(\d+(?:\.\d+)?)(m?)$/;

function coresOf(value: unknown): number | undefined {
  const [, digits, unit] = CORES.exec(String(value)) ?? [];
  const number = Number(digits) / (unit === "m" ? 1000 : 1);
  return number > 0 ? number : undefined;
}
