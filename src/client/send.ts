/**
 * send(): sends a request that can be aborted until the end of its response.
 * @module
 */

import { holdResponse } from "../hold-response.ts";
import type { Place } from "./transport.ts";

/** Sends a request. Both it and its response may be forgotten while the body is read. */
export async function send(place: Place, url: string, init: RequestInit): Promise<Response> {
  const request = new Request(url, init);
  return holdResponse(await place.fetch(request), request);
}
