/**
 * runWorker(): runs the runnables of a service in the Web Workers of a page.
 * @module
 */

import { suggestion } from "../check.ts";
import { runInWebWorker } from "../executor/web/web-worker-scope.ts";
import { checkService } from "../service/check-service.ts";
import type { Service } from "../service/service.ts";
import { isRunnable, RUNNABLE, type Runnable } from "../worker/runnable.ts";

/**
 * Runs the runnables of a service in this Web Worker, for the runners of the page that started it.
 * The page gives the script that calls this to `app(service, { worker })`.
 *
 * @param service the service of the page
 * @throws Error outside a Web Worker, and when it is called a second time
 *
 * @example
 * import { runWorker } from "ekiben/worker";
 * import service from "./service.ts";
 * runWorker(service);
 */
export function runWorker(service: Service): void {
  checkService("runWorker", service);
  runInWebWorker(async ({ runner }) => ({ default: runnableOf(service, runner) }));
}

/** Returns the runnable of a runner: in a bundle, modules have no URL to import them by. */
function runnableOf({ name, runners }: Service, wanted: string): Runnable {
  const found: object | undefined = runners.find((runner) => runner.name === wanted);
  const runnable: unknown = found === undefined ? undefined : Reflect.get(found, RUNNABLE);
  if (isRunnable(runnable)) return runnable;
  const names = runners.map((runner) => runner.name);
  throw new Error(
    `Service "${name}" of the script has no runner "${wanted}": ` +
      `${suggestion(wanted, names, "it has")} The page must have the same service, in which ` +
      "each runner has a name: the default is the name of a file, which differs in a bundle",
  );
}
