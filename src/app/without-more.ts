/**
 * withoutMore(): an application to which no route can be added.
 * @module
 */

import type { Hono } from "hono";

/** The methods that add a route. All paths have one already, which would hide the new one. */
const ADDERS: readonly string[] = [
  ...["use", "on", "all", "get", "post", "put", "delete", "patch", "query", "options"],
  ...["route", "mount"],
];

/** Makes the methods that add routes throw: an authentication added so would never run. */
export function withoutMore(outer: Hono): Hono {
  for (const name of ADDERS.filter((each) => each in outer)) {
    const value = (): never => {
      throw new TypeError(
        `Cannot call ${name}() of app(), which answers every path already: give middleware to ` +
          'service({ use }), or put routes before it: new Hono().use(…).route("/", app(service))',
      );
    };
    Object.defineProperty(outer, name, { value });
  }
  return outer;
}
