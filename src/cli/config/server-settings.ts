/**
 * The settings of a server, with their sources.
 * @module
 */

import type { Effective } from "./effective.ts";
import { DEFAULT, type FoundSetting, type From, type Sources } from "./found.ts";
import { ROWS, type Row } from "./rows.ts";

/** Returns the settings of a server. */
export function serverSettings(effective: Effective, sources: Sources): readonly FoundSetting[] {
  return ROWS.map((row) => {
    const value = row.value(effective) ?? null;
    const name = row.keys?.[0] ?? sources.option(row.flags?.[0] ?? "")?.long ?? "";
    return { name, value, ...sourceOf(row, value, effective, sources) };
  });
}

function sourceOf(
  { flags = [], keys = [], counts }: Row,
  value: unknown,
  effective: Effective,
  sources: Sources,
): From {
  const byFlag = sources.ofFlags(flags);
  if (byFlag !== undefined) return byFlag;
  // A key that another setting makes meaningless has set nothing.
  const hasEffect = value !== null && (counts?.(effective) ?? true);
  return (hasEffect ? sources.ofKeys(keys) : undefined) ?? DEFAULT;
}
