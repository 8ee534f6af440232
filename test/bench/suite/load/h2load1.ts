/** A given number of HTTP/1.1 requests, by h2load: wrk takes only a time. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputOf } from "./tool.ts";
import type { Post } from "./wrk.ts";

/** Makes requests over 64 connections. */
export async function h2load1(
  { path, type, body }: Post,
  calls: number,
  port: number,
): Promise<void> {
  const file = join(mkdtempSync(join(tmpdir(), "ekiben-bench-")), "body");
  writeFileSync(file, body);
  const request = ["-H", `content-type: ${type}`, "-d", file, `http://127.0.0.1:${port}${path}`];
  const output = await outputOf("h2load", ["--h1", "-t1", "-c64", `-n${calls}`, ...request]);
  const [, succeeded] = /^requests: .* (\d+) succeeded/m.exec(output) ?? [];
  if (Number(succeeded) !== calls) throw new Error(`Requests failed:\n${output}`);
}
