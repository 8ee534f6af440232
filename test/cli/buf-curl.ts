/** `buf curl`, a client of Connect, gRPC-Web and gRPC by others. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Running } from "../support/cli.ts";
import { root } from "../support/runtimes.ts";

const buf = fileURLToPath(
  new URL(`node_modules/@bufbuild/buf-${process.platform}-${process.arch}/bin/buf`, root),
);

/** Where the messages are, for `--schema`. */
export const protos: string = fileURLToPath(new URL("proto", root));

export const V1 = "bentoml.grpc.v1.BentoService";

export const OVER_HTTP2 = ["--protocol", "grpc", "--http2-prior-knowledge"] as const;

interface Answer {
  /** That of the protocol, times 8. */
  readonly code: number | null;
  readonly output: string;
}

/** A call. Without a schema it asks the server for one. */
export function curl(url: string, flags: readonly string[], body: unknown): Promise<Answer> {
  const args = ["curl", ...flags, "-d", JSON.stringify(body), url];
  const child = spawn(buf, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

/** The answer of a call that succeeds. */
export async function answer(
  url: string,
  flags: readonly string[],
  body: unknown,
): Promise<unknown> {
  const { code, output } = await curl(url, flags, body);
  assert.equal(code, 0, output);
  return JSON.parse(output);
}

/** `http://127.0.0.1:…` for the address that a server names for gRPC. */
export function grpcUrl({ output }: Running): string {
  return `http:${/grpc:(\S+)/.exec(output)?.[1]}`;
}
