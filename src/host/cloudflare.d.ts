/** The module of workerd that is used. */
declare module "cloudflare:workers" {
  /** Delays the end of the current request until a promise is settled, for up to 30 seconds. */
  export function waitUntil(promise: Promise<unknown>): void;
}
