/**
 * The output of this process, whose reader may close it.
 * @module
 */

import process from "node:process";

/**
 * Keeps the process alive when the reader of its output closes the pipe; later log lines are lost.
 * Node reports the closed pipe as an error of the stream, which nothing else handles.
 *
 * @returns a function that ends this
 */
export function surviveClosedOutput(): () => void {
  const ignore = (): void => {};
  const streams = [process.stdout, process.stderr];
  for (const stream of streams) stream.on("error", ignore);
  return () => {
    for (const stream of streams) stream.off("error", ignore);
  };
}
