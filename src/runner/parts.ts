/**
 * callInParts(): a call of more rows than a batch holds, made as several.
 * @module
 */

import { callScope, setCallScope } from "../call-scope.ts";
import type { BatchSettings } from "./batch-options.ts";
import { cutRows, joinRows } from "./rows.ts";

/**
 * Cuts a call into parts of at most `maxBatchSize` rows, makes each, and joins their answers.
 *
 * @param call makes a call of one part
 * @throws the error of the first part that fails; the others are then taken back
 */
export async function callInParts(
  input: unknown,
  rows: number,
  { maxBatchSize, axisIn, axisOut }: BatchSettings,
  signal: AbortSignal | undefined,
  call: (part: unknown, rows: number, signal: AbortSignal) => Promise<unknown>,
): Promise<unknown> {
  const counts = Array.from({ length: Math.ceil(rows / maxBatchSize) }, (_, at) =>
    Math.min(maxBatchSize, rows - at * maxBatchSize),
  );
  const parts = cutRows(input, counts, axisIn);
  // The first part that fails, or the caller that goes, takes the others out of the queue.
  const group = new AbortController();
  setCallScope(group.signal, callScope(signal));
  const stop = (): void => group.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const calls = parts.map((part, at) => call(part, counts[at] ?? 0, group.signal));
    return joinRows(await Promise.all(calls), axisOut);
  } catch (error) {
    group.abort(error);
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
