/**
 * What must not compile: each `@ts-expect-error` fails the type check when its line does compile.
 */
import { type Context, type Runner, runner, type Tensor, tensor } from "ekiben";
import { type Runnable, runnable, type TensorSpec } from "ekiben/runnable";

const digits = runnable("file:///digits.ts", async () => ({
  batched: { classify: async (pixels: Tensor<"float32">): Promise<Tensor<"float32">> => pixels },
  methods: { describe: (verbose: boolean) => ({ name: "digits", verbose }) },
}));
const scaled = runnable("file:///scaled.ts", ({ params }: { params: { factor: number } }) => ({
  methods: { scale: (value: number) => value * params.factor },
}));
const x: TensorSpec = { name: "x", dtype: "float32", shape: [-1, 4] };
export const described: Runnable[] = [
  runnable("file:///one.ts", () => ({
    batched: { one: (tensor: Tensor<"float32">) => tensor },
    methods: { named: (record: { x: Tensor }) => record, words: (text: string) => text.length },
    specs: { one: { input: x, output: x }, named: { input: [x] }, words: {} },
  })),
  runnable("file:///two.ts", () => ({
    batched: { one: async (tensor: Tensor<"float32">): Promise<Tensor> => tensor },
    // @ts-expect-error a tensor has one specification, not a list
    specs: { one: { input: [x] } },
  })),
  runnable("file:///three.ts", () => ({
    methods: { words: (text: string) => text.length },
    // @ts-expect-error a text is no tensor
    specs: { words: { input: x } },
  })),
];
const pixels = tensor("float32", [1, 1, 28, 28]);
declare const context: Context;
const { signal } = context;

// The right uses, with the types they have.
export const classifier: Runner<{
  classify: (pixels: Tensor<"float32">) => Promise<Tensor<"float32">>;
  describe: (verbose: boolean) => { name: string; verbose: boolean };
}> = runner(digits, { workers: "auto", methods: { classify: { batch: { maxBatchSize: 2 } } } });
export const answers: Promise<Tensor<"float32">>[] = [
  classifier.classify(pixels),
  classifier.classify(pixels, context),
  classifier.classify(pixels, { signal }),
  classifier.classify(pixels, { signal, deadlineAt: context.deadlineAt }),
];
export const scaler: Runner<{ scale: (value: number) => number }> = runner(scaled, {
  params: { factor: 2 },
});

// @ts-expect-error there is no such method
classifier.clasify(pixels);
// @ts-expect-error the argument is no tensor
classifier.classify("pixels");
// @ts-expect-error the tensor has another dtype
classifier.classify(tensor("int8", [1]));
// @ts-expect-error a signal is passed by its name
classifier.classify(pixels, signal);
// @ts-expect-error the index of map() is no context
[pixels].map(classifier.classify);
// @ts-expect-error the parameters are missing
runner(scaled);
// @ts-expect-error the parameters are wrong
runner(scaled, { params: { factor: "2" } });
// @ts-expect-error the option is called maxQueueRows
runner(digits, { maxQueue: 1 });
// @ts-expect-error there is no such method to have settings
runner(digits, { methods: { clasify: {} } });
// @ts-expect-error a word other than "auto" is no number of workers
runner(digits, { workers: "all" });
