/**
 * The check of the target: it is loaded as `ekiben serve` would load it, but no worker starts.
 * @module
 */

import { pathToFileURL } from "node:url";
import { openSession } from "../../onnx/index.ts";
import { loadTarget } from "../target.ts";
import { findTarget, MODEL, nothingToServe } from "../target-file.ts";
import { mayBeStored } from "../target-store.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";
import { runProbe } from "./probe.ts";

/** Loads a target in this process. Returns what there is in it. */
export async function loadHere(target: string | undefined): Promise<string> {
  const { path, isFolder } = await findTarget(target);
  if (!isFolder && MODEL.test(path)) {
    const session = await openSession(pathToFileURL(path), { warmUp: false });
    const names = (specs: readonly { readonly name: string }[]): string =>
      specs.map(({ name }) => name).join(", ");
    const { inputs, outputs, backend } = session;
    return `model of ${names(inputs)} to ${names(outputs)}, opened on ${backend}`;
  }
  const batching = () => ({ choice: "auto", overridesOff: false, sharesMemory: true }) as const;
  const { name, apis, ownModels, runners } = await loadTarget(target, { batching });
  if (ownModels !== undefined) return `models, as the service ${name}`;
  const counted = (count: number, word: string): string =>
    `${count} ${word}${count === 1 ? "" : "s"}`;
  const apiNames = Object.keys(apis);
  const shown = apiNames.length > MAX_NAMES ? [...apiNames.slice(0, MAX_NAMES), "…"] : apiNames;
  const listed = shown.length === 0 ? "" : ` (${shown.join(", ")})`;
  return (
    `service ${name} with ${counted(apiNames.length, "API")}${listed} ` +
    `and ${counted(runners.length, "runner")}`
  );
}

/** Checks a target in a process of its own. */
export async function checkTarget(target: string | undefined): Promise<Finding> {
  const check = "target";
  if (mayBeStored(target)) {
    return ok(check, `${target} is of the store: ekiben models get ${target} looks it up`);
  }
  const outcome = await runProbe("target", target === undefined ? [] : ["--", target]);
  if (outcome.how === "works") return ok(check, outcome.text);
  if (outcome.how === "crashes") {
    return problem(
      check,
      `cannot be loaded: ${outcome.text}`,
      "See what its code does at the start",
    );
  }
  const isNone = target === undefined && outcome.text.startsWith(NOTHING);
  return isNone
    ? warning(check, "nothing to serve in this folder", "Name it: ekiben doctor service.ts")
    : problem(check, outcome.text, "Mend that first: ekiben serve stops with the same error");
}

/** The most names of APIs that are listed. */
const MAX_NAMES = 10;

/** The beginning of the error for a folder without anything to serve. */
const [NOTHING = ""] = nothingToServe("").message.split("folder");
