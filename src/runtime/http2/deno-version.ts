/**
 * Faults of `node:http2` in some versions of Deno.
 * @module
 */

/**
 * Returns why a version of Deno cannot serve gRPC; undefined if it can. In 2.9.4 to 2.9.6,
 * `node:http2` crashes the process when a client closes an ordinary connection, which no code can
 * catch (measured; denoland/deno issue 36788 is a part of it). Newer versions are assumed to work.
 *
 * @param version such as `2.9.3`; undefined on other runtimes
 */
export function whyNoGrpc(version: string | undefined): string | undefined {
  const [, patch] = /^2\.9\.(\d+)\b/.exec(version ?? "") ?? [];
  if (patch === undefined || Number(patch) < 4 || Number(patch) > 6) return undefined;
  return (
    `Deno ${version} cannot serve gRPC: its HTTP/2 server ends the whole process when a client ` +
    "closes a connection. Use Deno 2.9.3, or Bun, or Node; Connect and gRPC-Web work here too"
  );
}

/**
 * Returns true if `write()` on an HTTP/2 stream never reports that bytes wait: Deno before 2.9.4
 * (denoland/deno pull request 36044).
 */
export function writesWithoutBound(version: string | undefined): boolean {
  const [, major, minor, patch] = (/^(\d+)\.(\d+)\.(\d+)/.exec(version ?? "") ?? []).map(Number);
  if (major === undefined || minor === undefined || patch === undefined) return false;
  return major * 1e6 + minor * 1e3 + patch < 2_009_004;
}
