/**
 * The host of workerd, the runtime of Cloudflare Workers: one thread for all requests of an
 * isolate.
 * @module
 */

import { waitUntil } from "cloudflare:workers";
import { inlineExecutor } from "../executor/inline/inline.ts";
import { Requests } from "../isolate/requests.ts";
import type { Host } from "./host.ts";

const requests = new Requests(waitUntil);

const NO_WORKERS = "workerd has no threads and no processes: models run in the isolate itself";

/** The host of this isolate. */
export const host: Host = {
  executors: { inline: inlineExecutor({ isolate: requests }) },
  missing: { threads: NO_WORKERS, process: NO_WORKERS, web: NO_WORKERS },
  isolation: "inline",
  cores: 1,
  clock: requests.clock,
  isolate: requests,
};
