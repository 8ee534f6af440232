/**
 * The target of a command: a file with a service, a model, or a folder with one of them or with
 * many models; or a model of the store.
 * @module
 */

import { basename } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Config } from "../config/config.ts";
import { messageOf } from "../error.ts";
import { type Executable, executable } from "../executable.ts";
import type { Service } from "../index.ts";
import { ensureLogging, log } from "../log.ts";
import type { BatchingOf, ModelServiceOptions } from "../repository/model-service.ts";
import type { BrokenModel, FoundModel, ModelSettings } from "../repository/model-settings.ts";
import type { TrialOptions } from "../repository/trials.ts";
import { checkedService, type ServiceModule } from "./load/checked-service.ts";
import { loadError } from "./load/load-error.ts";
import type { ModelOptions } from "./model-flags.ts";
import { findTarget, MODEL, nothingToServe } from "./target-file.ts";
import { storedTarget } from "./target-store.ts";

const CODE = /\.[cm]?[jt]sx?$/;

/** How models without code are served. */
export interface TargetOptions extends Partial<ModelOptions> {
  /** Returns the batching of a model's calls by the name of its runner. */
  readonly batching: BatchingOf;
  /** The configuration, whose runners are to be those of the models. */
  readonly config?: Pick<Config, "checkRunners">;
  /** Called with the runner of each model that is found. */
  readonly found?: (runner: FoundModelRunner) => void;
}

/** The runner of a model that is served without code. */
export interface FoundModelRunner {
  readonly name: string;
  readonly settings: ModelSettings;
  /** The number of workers where nothing else says it. */
  readonly workers?: number;
}

/**
 * Returns the service of a target: the default export of a file, or one made of ONNX models.
 *
 * @param target a file, a folder, a tag of the store, `hf:owner/repo` or a URL; by default the
 *   folder that the command was started in
 * @throws Error that names the file if it is missing or has no service
 */
export async function loadTarget(
  target: string | undefined,
  options: TargetOptions,
): Promise<Service> {
  const inside = executable();
  if (inside !== undefined) return await serviceInside(inside, target, options);
  const stored = await storedTarget(target);
  if (stored !== undefined) {
    const { name = stored.name } = options;
    return await serviceOfModel(pathToFileURL(stored.path), { ...options, name });
  }
  const { path, isFolder } = await findTarget(target);
  if (isFolder) return await serviceOfFolder(path, options);
  const url = pathToFileURL(path);
  if (MODEL.test(path)) return await serviceOfModel(url, options);
  if (!CODE.test(path)) {
    throw new Error(`Cannot serve ${path}: it must be a JavaScript or TypeScript file, or .onnx`);
  }
  return inCode(checkedService(await load(url), path), options);
}

/** Returns the service in an executable of `ekiben compile`. */
async function serviceInside(
  { model, service }: Executable,
  target: string | undefined,
  options: TargetOptions,
): Promise<Service> {
  if (target !== undefined) {
    throw new Error(`This executable serves what is inside it: it cannot serve ${target}`);
  }
  if (model !== undefined) return await serviceOfModel(model, options);
  return inCode(checkedService((await service?.()) ?? {}, "the service inside"), options);
}

async function serviceOfModel(url: URL, options: TargetOptions): Promise<Service> {
  const { modelName, onlyModelService } = await import("../repository/model-service.ts");
  const { OneModel } = await import("../repository/one-model.ts");
  const { name = modelName(url), overrides = {} } = options;
  await checkRunners([{ name, versions: ["1"], settings: overrides }], options);
  return onlyModelService(
    name,
    new OneModel(name, url, overrides),
    await repositoryOptions(options),
  );
}

/** Returns how models are tried before they are loaded. An executable has one backend. */
async function trialsOf({
  triesWebGpu = false,
}: TargetOptions): Promise<{ readonly trials?: TrialOptions }> {
  if (executable() !== undefined) return {};
  const { FileVerdicts } = await import("./verdicts.ts");
  return { trials: { store: new FileVerdicts(), triesWebGpu } };
}

/** Returns the service of the models of a folder. */
async function serviceOfFolder(folder: string, options: TargetOptions): Promise<Service> {
  const { onlyModelService, repositoryService } = await import("../repository/model-service.ts");
  const { FolderCatalog } = await import("../repository/catalog/folder-catalog.ts");
  const { name, overrides = {}, control, watch } = options;
  const settings = { name, settings: overrides };
  // The catalog that is served gives the same warnings.
  const found = await new FolderCatalog(folder, { ...settings, warn() {} }).list();
  const mayGrow = control === true || watch === true;
  checkModels(folder, found, mayGrow);
  const [only, ...others] = found;
  const isOne = only !== undefined && others.length === 0 && !("reason" in only);
  // A worker for each of many models is enough: all cores for each would be too many.
  const defaults = isOne && !mayGrow ? {} : { workers: 1 };
  await checkRunners(found.map(namesOf), options, defaults);
  const catalog = new FolderCatalog(folder, { ...settings, defaults });
  return isOne
    ? onlyModelService(only.name, catalog, await repositoryOptions(options))
    : repositoryService(name ?? basename(folder), catalog, await repositoryOptions(options));
}

/** Returns the options of a repository. */
async function repositoryOptions(options: TargetOptions): Promise<ModelServiceOptions> {
  const { batching: batchingOf, control, watch, maxModels, strictReadiness } = options;
  const given = present({ control, watch, maxModels, strictReadiness });
  return { batchingOf, ...given, ...(await trialsOf(options)) };
}

/** A model and its versions. */
interface Names {
  readonly name: string;
  readonly versions: readonly string[];
  /** Undefined for one that cannot be served. */
  readonly settings?: ModelSettings | undefined;
}

function namesOf(model: FoundModel | BrokenModel): Names {
  if ("reason" in model) return { name: model.name, versions: [] };
  const versions = model.versions.map(({ version }) => version);
  return { name: model.name, versions, settings: model.settings };
}

/**
 * Checks that the runners in the configuration are those of models.
 *
 * @throws Error for an unknown name, unless its model may come later
 */
async function checkRunners(
  models: readonly Names[],
  options: TargetOptions,
  defaults: { readonly workers?: number } = {},
): Promise<void> {
  const { config, control, watch, found } = options;
  if (config === undefined) return;
  const { RunnerNames } = await import("../repository/runner-name.ts");
  const names = new RunnerNames();
  const known = models.flatMap(({ name, versions }) => [
    names.of(name),
    ...versions.map((version) => names.of(name, version)),
  ]);
  for (const { name, settings } of models) {
    if (settings !== undefined) found?.({ name: names.of(name), settings, ...defaults });
  }
  try {
    config.checkRunners(known);
  } catch (error) {
    if (control !== true && watch !== true) throw error;
    ensureLogging();
    log.warn("{problem}", { problem: messageOf(error) });
  }
}

/** @throws Error if there is nothing to serve, now and later */
function checkModels(
  folder: string,
  models: readonly (FoundModel | BrokenModel)[],
  mayGrow: boolean,
): void {
  const broken = models.filter((each) => "reason" in each);
  if (mayGrow || broken.length < models.length) return;
  if (models.length === 0) throw nothingToServe(folder);
  const reasons = broken.slice(0, 10).map(({ name, reason }) => `\n  ${name}: ${reason}`);
  throw new Error(`No model in the folder ${folder} can be served:${reasons.join("")}`);
}

/** Removes the keys without a value. */
function present<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** Warns of flags that are for models, and returns the service, which is written in code. */
function inCode(service: Service, options: TargetOptions): Service {
  const { name, control, maxModels, watch, strictReadiness, triesWebGpu } = options;
  const forModels = "it is for models without code";
  const given: readonly (readonly [flag: string, isGiven: boolean, reason: string])[] = [
    ["--name", name !== undefined && name !== service.name, "it has its name in its code"],
    ["--watch", watch === true, "ekiben dev starts a service again when its files change"],
    ["--model-control", control === true, forModels],
    ["--max-models", maxModels !== undefined, forModels],
    ["--strict-readiness", strictReadiness === true, forModels],
    ["--try-webgpu", triesWebGpu === true, forModels],
  ];
  for (const [flag, isGiven, reason] of given) {
    if (!isGiven) continue;
    ensureLogging();
    const values = { service: service.name };
    log.warn(`${flag} has no effect on the service {service}: ${reason}`, values);
  }
  return service;
}

async function load(url: URL): Promise<ServiceModule> {
  try {
    return await import(url.href);
  } catch (error) {
    throw loadError(fileURLToPath(url), error);
  }
}
