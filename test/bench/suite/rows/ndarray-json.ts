/** JSON arrays into tensors, in process, against `JSON.parse` of the same bytes. */
import { fileURLToPath } from "node:url";
import { commandOf, environmentOf } from "../../runtimes.ts";
import { compare } from "../compare.ts";
import { outputOf } from "../load/tool.ts";
import type { Result, Row } from "../row.ts";
import { LABELS } from "./label.ts";

const script = fileURLToPath(new URL("../in-process/ndarray-json.ts", import.meta.url));

/** A line of the script: the milliseconds of each round. */
interface Line {
  readonly name: string;
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

export const ndarrayJson: Row = {
  name: "ndarray-json",
  title: "ndarray() from JSON, in process, time ÷ JSON.parse of the same bytes",
  async run({ runtimes, rounds, seconds }) {
    const results: Result[] = [];
    for (const runtime of runtimes) {
      const [program, ...flags] = commandOf(runtime);
      const args = [...flags, script, String(rounds), String(seconds / 4)];
      const output = await outputOf(program, args, environmentOf(runtime));
      for (const line of output.trim().split("\n")) {
        const { name, ours, theirs } = JSON.parse(line) as Line;
        const figures = (all: readonly number[]) => all.map((ms) => ({ ms }));
        results.push(
          compare(figures(ours), figures(theirs), {
            label: `${LABELS[runtime]}, ${name}`,
            names: ["ndarray()", "JSON.parse"],
            figure: "ms",
            unit: "ms",
            target: { atMost: 0.6 },
          }),
        );
      }
    }
    return results;
  },
};
