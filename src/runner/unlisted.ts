/**
 * Unlisted runners: those that no service lists and nobody starts, so that every call of them would
 * fail.
 *
 * Which runners a handler calls cannot be read off it. The rule is therefore about definitions: a
 * runner that is defined together with a service, which means in the same turn of the event loop,
 * as the modules are that import each other, must be listed by a service, be started before the
 * service starts, or be `optional`.
 * @module
 */

/** The part of a runner that decides whether it would be missed. */
interface Definition {
  readonly name: string;
  readonly isOptional: boolean;
  /** Returns true if `start()` has been called. */
  isStarted(): boolean;
}

/** The runners that have been defined in this turn, by the objects that services list. */
let current: Map<object, Definition> | undefined;
const listed = new WeakSet<object>();

function definedNow(): Map<object, Definition> {
  if (current === undefined) {
    current = new Map();
    queueMicrotask(() => {
      current = undefined;
    });
  }
  return current;
}

/** Adds a runner to those of this turn. */
export function addDefinition(runner: object, definition: Definition): void {
  if (!definition.isOptional) definedNow().set(runner, definition);
}

/** Checks that a service which is about to start will find the runners defined with it started. */
export type CheckListed = () => void;

/**
 * Marks the runners of a service as listed.
 *
 * @returns the check for its start, which throws an Error that names a runner that is missing
 */
export function listRunners(service: string, runners: readonly object[]): CheckListed {
  for (const each of runners) listed.add(each);
  const defined = definedNow();
  return () => {
    for (const [runner, { name, isStarted }] of defined) {
      if (listed.has(runner) || isStarted()) continue;
      throw new Error(
        `Service "${service}" cannot start: runner "${name}" is defined with it, but no service ` +
          `lists it, so that every call of it would fail. Add it to "runners", start it before ` +
          "the service, or define it with { optional: true }",
      );
    }
  };
}
