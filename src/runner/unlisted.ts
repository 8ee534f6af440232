/**
 * Unlisted runners: runners that no service lists and that are never started, so that every call
 * fails.
 *
 * Which runners a handler calls is not known before it does. The rule is therefore about
 * definitions: a runner that is defined together with a service must be listed by a service, be
 * started before the service starts, or be `optional`. Together means in one turn of the event
 * loop, in which all modules run that import each other, unless one of them has an `await`.
 * @module
 */

/** The part of a runner that the check needs. */
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

/** Checks, before a service starts, that every runner defined with it is listed or started. */
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
