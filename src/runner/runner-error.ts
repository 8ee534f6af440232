/**
 * RunnerError: an error of the runner itself, whatever the call was.
 * @module
 */

import { ServiceError } from "../error.ts";

/** No worker, no room or no time: not what a method threw, which may have the same code. */
export class RunnerError extends ServiceError {}
