/**
 * The flag `--label key=value`.
 * @module
 */

import { InvalidArgumentError } from "commander";

/** Labels by their keys. */
export type Labels = Readonly<Record<string, string>>;

/** Adds a label to those before it. @throws InvalidArgumentError for anything but `key=value` */
export function addLabel(text: string, before: Labels = {}): Labels {
  const at = text.indexOf("=");
  if (at > 0) return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
  throw new InvalidArgumentError("It must be key=value.");
}

/** Adds a value to those of the same flag before it. */
export function addText(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
