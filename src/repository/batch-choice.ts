/**
 * The choice of the flag `--batch`.
 * @module
 */

/** The batching of a model's calls; `auto` joins them if a trial shows that they can be joined. */
export type BatchChoice = "auto" | "on" | "off";

/** The choices. */
export const BATCH_CHOICES: readonly BatchChoice[] = ["auto", "on", "off"];
