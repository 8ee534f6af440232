/**
 * UsageError: a mistake in the flags that their parsers cannot see, such as two that contradict.
 * @module
 */

/** The command ends with the exit code of unknown flags and values. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
