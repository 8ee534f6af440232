/**
 * The flags for models that are served without code.
 * @module
 */

import { type Command, Option } from "commander";
import { checkCount } from "../check.ts";
import type { BatchChoice } from "../repository/batch-choice.ts";
import type { ModelSettings } from "../repository/model-settings.ts";
import { wholeNumber } from "./flag-numbers.ts";
import { UsageError } from "./usage-error.ts";

const CONTROLS = ["none", "explicit"] as const;

/** The values of the flags. */
export interface ModelFlags {
  readonly name?: string;
  readonly modelName?: string;
  readonly modelControl?: (typeof CONTROLS)[number];
  readonly modelControlMode?: (typeof CONTROLS)[number];
  readonly maxModels?: number;
  readonly watch?: boolean;
  readonly strictReadiness?: boolean;
  readonly tryWebgpu?: boolean;
  readonly batch?: BatchChoice;
}

/** What the flags say of the models of a folder. */
export interface ModelOptions {
  /** The name of the only model. */
  readonly name?: string;
  /** True if clients may load and unload models. */
  readonly control: boolean;
  /** The most models that are loaded at once. */
  readonly maxModels?: number;
  /** True if changes of the files are followed. */
  readonly watch: boolean;
  /** True if a model that cannot be loaded makes the server not ready. */
  readonly strictReadiness?: boolean;
  /** True if a GPU is tried beside the other backends. */
  readonly triesWebGpu: boolean;
  /** The settings that override those in the folders of models. */
  readonly overrides: ModelSettings;
}

/** Adds the flags. */
export function withModelFlags(command: Command): Command {
  const control = (name: string): Option =>
    new Option(
      `--${name} <mode>`,
      "whether clients may load and unload models: none, or explicit (default: none)",
    ).choices(CONTROLS);
  return (
    command
      .addOption(
        new Option("--name <name>", "the name of a model that is served without code").env(
          "EKIBEN_NAME",
        ),
      )
      .addOption(control("model-control").env("EKIBEN_MODEL_CONTROL"))
      .addOption(
        new Option(
          "--max-models <number>",
          "models of a folder that are loaded at once: the least used make room (default: all)",
        )
          .env("EKIBEN_MAX_MODELS")
          .argParser(wholeNumber),
      )
      .addOption(new Option("--watch", "load models again when their files change"))
      .addOption(
        new Option("--strict-readiness", "be ready only if all models of a folder can be loaded"),
      )
      .addOption(
        new Option(
          "--try-webgpu",
          "try a GPU as well, where --backend auto chooses the backend of a model by a trial",
        ).env("EKIBEN_TRY_WEBGPU"),
      )
      // The names of KServe's own servers, and of Triton.
      .addOption(new Option("--model-name <name>").hideHelp())
      .addOption(control("model-control-mode").hideHelp())
  );
}

/** Reads the flags. @throws Error for values that cannot be used */
export function readModelFlags(flags: ModelFlags): ModelOptions {
  const { modelName, modelControlMode, maxModels, watch = false, batch } = flags;
  const { tryWebgpu: triesWebGpu = false, strictReadiness = false } = flags;
  const { name = modelName, modelControl = modelControlMode ?? "none" } = flags;
  if (maxModels !== undefined) checkCount("--max-models", maxModels);
  return {
    control: modelControl === "explicit",
    watch,
    triesWebGpu,
    overrides: batch === undefined ? {} : { batch },
    ...(strictReadiness ? { strictReadiness } : {}),
    ...(name === undefined ? {} : { name: checkedName(name) }),
    ...(maxModels === undefined ? {} : { maxModels }),
  };
}

/** Names stand in paths, in lines of logs and in headers. */
function checkedName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (name.length <= 255 && name.trim() !== "" && !/[/\\\x00-\x1f\x7f]/.test(name)) return name;
  throw new UsageError(
    `A model cannot be named ${JSON.stringify(name)}: a name is at most 255 characters, ` +
      "without slashes and control characters",
  );
}
