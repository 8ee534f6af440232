/**
 * The policy after an uncaught exception.
 * @module
 */

/** The policies after an uncaught exception. */
export const UNCAUGHT_POLICIES = ["drain", "continue"] as const;

/**
 * The policy after an uncaught exception: the server stops as by SIGTERM and the process exits with
 * 1 (`drain`), or the server continues (`continue`).
 */
export type UncaughtPolicy = (typeof UNCAUGHT_POLICIES)[number];

/**
 * Checks the policy that a program gives.
 *
 * @throws TypeError for anything but a policy or false
 */
export function checkPolicy(policy: UncaughtPolicy | false): UncaughtPolicy | false {
  if (policy === false || UNCAUGHT_POLICIES.includes(policy)) return policy;
  const choices = UNCAUGHT_POLICIES.map((each) => `"${each}"`).join(", ");
  throw new TypeError(`"onUncaught" must be ${choices} or false, but was ${String(policy)}`);
}
