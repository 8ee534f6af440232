/**
 * UsedModel: a model that has answered a call, and the condition of a request on the models that
 * may.
 * @module
 */

import { invalidArgument, ServiceError } from "../error.ts";

/** A model that has answered a call. */
export interface UsedModel {
  readonly name: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** Returns true while the runner that has answered still runs this model. Default: it does. */
  isCurrent?(): boolean;
}

/** The header of an answer that names the models. */
export const EKIBEN_MODEL = "ekiben-model";
/** The header of a request that names the models that may answer it. */
export const IF_MODEL = "if-model";

/** The most models that the header of an answer names, and the most of a condition. */
const MAX_NAMED = 32;

/** The models that may answer a request. */
export type ModelCondition = readonly AcceptedModel[];

/** A model that may answer: of any name, if it has none here. */
export interface AcceptedModel {
  readonly name: string | undefined;
  /** Undefined for any. */
  readonly digest: string | undefined;
}

const ITEM = /^(?:(?<name>[^@,\s]+)@)?(?<digest>sha256:[0-9a-f]{64})$/i;

/**
 * Reads the header `If-Model`: a list of `name@sha256:<hex>` or `sha256:<hex>`, or `*`. Names are
 * percent-encoded, as in `Ekiben-Model`.
 *
 * @throws ServiceError `invalid_argument` for anything else
 */
export function modelCondition(header: string): ModelCondition {
  const items = header.split(",").map((item) => item.trim());
  const wanted = items.filter((item) => item !== "");
  if (wanted.length > MAX_NAMED) {
    throw invalidArgument(
      `If-Model has ${wanted.length} models: at most ${MAX_NAMED} can be named`,
    );
  }
  if (wanted.length === 0) throw wrong(header);
  return wanted.map((item) => {
    if (item === "*") return { name: undefined, digest: undefined };
    const { name, digest } = ITEM.exec(item)?.groups ?? {};
    if (digest === undefined) throw wrong(item);
    return { name: name && decoded(name, item), digest: digest.toLowerCase() };
  });
}

function decoded(name: string, item: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw wrong(item);
  }
}

function wrong(item: string): ServiceError {
  const given = JSON.stringify(item.slice(0, 100));
  const form = "<name>@sha256:<64 hex digits>, as Ekiben-Model has it";
  return invalidArgument(`If-Model must be a list of ${form}, but has ${given}`);
}

/**
 * Checks that a model may answer a request.
 *
 * @param digest undefined for a model whose digest is not known, which no condition names
 * @throws ServiceError `model_mismatch`
 */
export function checkModel(
  condition: ModelCondition | undefined,
  { name, digest }: { readonly name: string; readonly digest: string | undefined },
): void {
  if (condition === undefined) return;
  const isAccepted = condition.some(
    (each) =>
      (each.name === undefined || each.name === name) &&
      (each.digest === undefined || each.digest === digest),
  );
  if (isAccepted) return;
  const now = digest === undefined ? "a model without a digest" : modelText({ name, digest });
  throw new ServiceError("model_mismatch", `If-Model does not name the model that answers: ${now}`);
}

/** Returns a model as `Ekiben-Model` names it. */
function modelText({ name, digest }: UsedModel): string {
  return `${encodeURIComponent(name)}@${digest}`;
}

/**
 * Returns the value of `Ekiben-Model`, of models that are all different. A list that is too long
 * ends with the number of the others, and is no valid condition.
 */
export function modelsText(models: readonly UsedModel[]): string {
  const named = models.slice(0, MAX_NAMED).map(modelText);
  if (models.length > MAX_NAMED) named.push(`and-${models.length - MAX_NAMED}-more`);
  return named.join(", ");
}
