/** A JPEG of 3000 x 2000 to 224 x 224, against Pillow; and four at once, against one. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { LineProcess } from "../../live/processes.ts";
import { cachedFile, pythonWithPillow } from "../cache.ts";
import { compare } from "../compare.ts";
import { type Post, wrk } from "../load/wrk.ts";
import { cpuMs } from "../process-stats.ts";
import { ekiben } from "../programs.ts";
import { alternate, type Figures } from "../rounds.ts";
import type { Result, Row } from "../row.ts";
import { ServerProcess } from "../server-process.ts";
import { measured } from "../servers.ts";
import { spread } from "../spread.ts";
import { LABELS } from "./label.ts";

const script = fileURLToPath(new URL("../servers/pillow.py", import.meta.url));

async function pillow(child: LineProcess, seconds: number): Promise<Figures> {
  const before = cpuMs(child.pid);
  child.write(String(seconds));
  const ms = JSON.parse(await child.line()) as number[];
  const cpuUs = (1000 * (cpuMs(child.pid) - before)) / ms.length;
  return { p50Ms: spread(ms).median, cpuUs };
}

function photo(python: string): Uint8Array<ArrayBuffer> {
  const file = cachedFile("photo.jpg", (path) => {
    execFileSync(python, [script, "--make", path], { stdio: ["ignore", 2, 2] });
  });
  return new Uint8Array(readFileSync(file));
}

export const jpeg: Row = {
  name: "jpeg",
  title: "JPEG of 3000 x 2000 to 224 x 224 over HTTP, ÷ Pillow's draft + resize in process",
  async run({ runtimes, seconds, rounds, python = pythonWithPillow() }) {
    const post: Post = {
      path: "/shrink",
      type: "image/jpeg",
      body: photo(python),
      check(answer) {
        if (JSON.parse(answer).length !== 3) throw new Error(`No pixel: ${answer}`);
      },
    };
    await using child = new LineProcess(python, [script, cachedFile("photo.jpg", () => {})]);
    await pillow(child, 0.5);
    const [one, four] = [wrk(post, 1), wrk(post, 4)];
    const results: Result[] = [];
    for (const runtime of runtimes) {
      const program = ekiben(runtime, "test/bench/suite/servers/jpeg.ts");
      await using server = await ServerProcess.open(program, one.probe);
      await four.run(server, seconds);
      const variants = {
        one: () => measured(server, () => one.run(server, seconds)),
        four: () => measured(server, () => four.run(server, seconds)),
        pillow: () => pillow(child, seconds),
      };
      const figures = await alternate(variants, rounds);
      const shown = { figure: "p50Ms", unit: "ms", target: { atMost: 2 } };
      const [label, atOnce] = [LABELS[runtime], `${LABELS[runtime]}, four at once ÷ one`];
      results.push(
        compare(figures.one, figures.pillow, { ...shown, label, names: ["Ekiben", "Pillow"] }),
        compare(figures.four, figures.one, { ...shown, label: atOnce, names: ["four", "one"] }),
      );
    }
    return results;
  },
};
