/**
 * The settings in the folder of a model: of `config.yaml`, of Triton's `config.pbtxt` and of the
 * files with class labels that these name.
 * @module
 */

import { MAX_YAML_LENGTH } from "../../config/yaml-text.ts";
import type { ModelSettings } from "../model-settings.ts";
import { MAX_LABELS_BYTES, parseClassLabels } from "./class-labels.ts";
import { join, problemOf, textOfFile } from "./entries.ts";
import { type FileSettings, TRITON_FILE, YAML_FILES } from "./file-settings.ts";
import type { Survey } from "./model-folder.ts";
import { MAX_TEXT_LENGTH } from "./text-format.ts";
import { jsonSettings, pbtxtSettings } from "./triton-settings.ts";
import { yamlSettings } from "./yaml-settings.ts";

/** The settings of a folder. */
export interface FolderSettings extends Pick<FileSettings, "file" | "name" | "ignored"> {
  readonly settings: ModelSettings;
}

/** UTF-8 takes at most three bytes a UTF-16 code unit. */
const BYTES_A_UNIT = 3;

/**
 * Reads the settings in a folder. `config.yaml` takes precedence over `config.pbtxt`.
 *
 * @throws Error that names the file that is wrong
 */
export async function readSettings(
  found: Pick<Survey, "folder" | "entries">,
  options: ReadSettingsOptions = {},
): Promise<FolderSettings> {
  const layers = await layersOf(found, options);
  const labels = await Promise.all(layers.map((layer) => classLabels(found.folder, layer)));
  const named: NonNullable<ModelSettings["classLabels"]> = Object.assign({}, ...labels);
  const all: ModelSettings = Object.assign({}, ...layers.map(({ settings }) => settings));
  const { file, name }: Partial<FileSettings> = Object.assign({}, ...layers);
  return {
    settings: { ...all, ...(Object.keys(named).length > 0 ? { classLabels: named } : {}) },
    ignored: layers.flatMap(({ ignored }) => ignored),
    ...(file === undefined ? {} : { file: checkedName("file", file) }),
    ...(name === undefined ? {} : { name }),
  };
}

/** What to read the settings of. */
export interface ReadSettingsOptions {
  /** A ModelConfig of Triton as JSON, instead of the files. */
  readonly config?: string | undefined;
  /** True where the configuration of the server may be, too: it is skipped. */
  readonly isRoot?: boolean;
}

/** Returns the settings of each file, of which later ones take precedence. */
async function layersOf(
  { folder, entries }: Pick<Survey, "folder" | "entries">,
  { config, isRoot = false }: ReadSettingsOptions,
): Promise<readonly FileSettings[]> {
  if (config !== undefined) return [within("config", () => jsonSettings(config))];
  const has = (name: string): boolean => entries.some((each) => each.name === name);
  const read = async <T>(name: string, maxLength: number, parse: (text: string) => T) => {
    try {
      return parse(await textOfFile(join(folder, name), maxLength * BYTES_A_UNIT));
    } catch (error) {
      throw problemOf(name, error);
    }
  };
  const layers: FileSettings[] = [];
  if (has(TRITON_FILE)) layers.push(await read(TRITON_FILE, MAX_TEXT_LENGTH, pbtxtSettings));
  const [yaml, second] = YAML_FILES.filter(has);
  if (yaml === undefined) return layers;
  if (second !== undefined) throw new Error(`There are both ${yaml} and ${second}`);
  const settings = await read(yaml, MAX_YAML_LENGTH, yamlSettings);
  if (settings !== undefined) layers.push(settings);
  else if (!isRoot) throw new Error(`${yaml}: It is the configuration of a server`);
  return layers;
}

async function classLabels(
  folder: string,
  { settings, labelFiles }: FileSettings,
): Promise<NonNullable<ModelSettings["classLabels"]>> {
  const read = Object.entries(labelFiles).map(async ([output, file]) => {
    const name = checkedName("file of class labels", file);
    try {
      return [output, parseClassLabels(await textOfFile(join(folder, name), MAX_LABELS_BYTES))];
    } catch (error) {
      throw problemOf(name, error);
    }
  });
  return { ...settings.classLabels, ...Object.fromEntries(await Promise.all(read)) };
}

/**
 * Checks the name of a file in the folder of a model. Settings may come over the wire, and must not
 * lead to other files of this machine.
 */
function checkedName(what: string, name: string): string {
  if (!/^\.|[/\\\0]/.test(name)) return name;
  throw new Error(`The ${what} must be in the folder of the model, but is ${JSON.stringify(name)}`);
}

function within<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw problemOf(name, error);
  }
}
