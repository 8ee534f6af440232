/**
 * endOfTurn(): lets the answers of one turn of the event loop be sent together, on Bun. A session
 * of Bun sends what it has after each callback, and every request is a callback of its own: with
 * many calls on a connection, sending each answer alone took a quarter of the time of a small call.
 * Sessions of Node gather what they send by themselves, and those of Deno by `gatherWrites()`.
 * @module
 */

import process from "node:process";

/** True where a session sends after each callback. */
const SENDS_AT_ONCE = process.versions["bun"] !== undefined;

let turn: Promise<void> | undefined;

/**
 * Returns a promise for the end of this turn, which all calls of the turn share: what waits for it
 * runs in one callback. Returns undefined where there is nothing to gain.
 */
export function endOfTurn(): Promise<void> | undefined {
  if (!SENDS_AT_ONCE) return undefined;
  turn ??= new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined;
      resolve();
    });
  });
  return turn;
}
