/** HTTP/1.1 load in a closed loop, by wrk. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ServerProcess } from "../server-process.ts";
import type { Load, Loaded } from "./load.ts";
import { outputOf } from "./tool.ts";

/** A POST request. */
export interface Post {
  readonly path: string;
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** A header beside the type. */
  readonly header?: readonly [name: string, value: string];
  /** Throws for a wrong answer. */
  readonly check: (answer: string) => void;
}

const script = fileURLToPath(new URL("post.lua", import.meta.url));

/** Returns a load in which each connection sends a request when its last one is answered. */
export function wrk({ path, type, body, header, check }: Post, connections: number): Load {
  const file = join(mkdtempSync(join(tmpdir(), "ekiben-bench-")), "body");
  writeFileSync(file, body);
  const urlOf = ({ port }: ServerProcess): string => `http://127.0.0.1:${port}${path}`;
  return {
    async probe(server) {
      const headers: [string, string][] = [["content-type", type]];
      if (header !== undefined) headers.push([...header]);
      const response = await fetch(urlOf(server), { method: "POST", headers, body });
      const answer = await response.text();
      if (!response.ok) throw new Error(`${response.status}: ${answer}`);
      check(answer);
    },
    async run(server, seconds) {
      const args = [
        "-t1",
        `-c${connections}`,
        `-d${seconds}s`,
        "--timeout",
        "20s",
        "-s",
        script,
        urlOf(server),
      ];
      const [name = "", value = ""] = header ?? [];
      const sent = { BENCH_BODY: file, BENCH_TYPE: type, BENCH_NAME: name, BENCH_VALUE: value };
      return read(await outputOf("wrk", args, sent));
    },
  };
}

/** Reads the line that post.lua prints. */
function read(output: string): Loaded {
  const [, line] = /^BENCH (.+)$/m.exec(output) ?? [];
  if (line === undefined) throw new Error(`Unexpected output of wrk:\n${output}`);
  const [calls = 0, us = 0, errors = 0, p50Us = 0, p99Us = 0] = line.split(" ").map(Number);
  if (errors > 0) throw new Error(`${errors} of ${calls} requests failed:\n${output}`);
  return { calls, perSecond: (1e6 * calls) / us, p50Ms: p50Us / 1000, p99Ms: p99Us / 1000 };
}
