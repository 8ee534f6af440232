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
type Texts = { ids: Tensor<"int64">; mask: Tensor<"bool">; types?: Tensor<"int32"> };
const texts = (): {
  batched: {
    count: (rows: readonly { ids: readonly number[] }[]) => number[];
    embed: (texts: Texts) => Promise<{ hidden: Tensor<"float32"> }>;
    tag: (ids: Tensor<"int64">) => Tensor<"float32">;
    flat: (ids: Tensor<"int64">) => Promise<number[]>;
  };
} => ({ batched: { count: () => [], embed: never, tag: never, flat: never } });
declare const never: () => never;
export const weighed: Runnable[] = [
  runnable("file:///texts.ts", texts, {
    weight: {
      count: (row) => row.ids.length,
      embed: ({ ids, types }) => (types ?? ids).shape[1] ?? 1,
      tag: ({ data }) => data.length,
    },
    pad: {
      embed: {
        ids: { axis: 1, value: 0n },
        mask: { axis: 1, value: false },
        types: { axis: 1, value: 0, roundUp: "power of two" },
      },
      tag: { axis: [1, 2], name: ["words", "letters"], value: 0 },
    },
    unpad: { embed: { hidden: { axis: 1 } }, tag: { axis: 1, name: "words" } },
  }),
  runnable(
    "file:///params.ts",
    async ({ params }: { params: { most: number } }) => ({
      batched: { cut: (rows: readonly string[]) => rows.map((row) => row.slice(0, params.most)) },
    }),
    { weight: { cut: (row) => row.length } },
  ) as Runnable,
  // @ts-expect-error a weight is a number
  runnable("file:///texts.ts", texts, { weight: { count: (row) => row.ids } }),
  // @ts-expect-error an item has no such property
  runnable("file:///texts.ts", texts, { weight: { count: (row) => row.tokens.length } }),
  // @ts-expect-error there is no such batched method
  runnable("file:///texts.ts", texts, { weight: { embedd: () => 1 } }),
  // @ts-expect-error the rows of an array are joined as they are
  runnable("file:///texts.ts", texts, { pad: { count: { axis: 1, value: 0 } } }),
  // @ts-expect-error a record is padded by the names of its tensors
  runnable("file:///texts.ts", texts, { pad: { embed: { axis: 1, value: 0 } } }),
  // @ts-expect-error the value of a bool tensor is true or false
  runnable("file:///texts.ts", texts, { pad: { embed: { mask: { axis: 1, value: 0 } } } }),
  // @ts-expect-error the tensor has another name
  runnable("file:///texts.ts", texts, { pad: { embed: { masks: { axis: 1, value: false } } } }),
  // @ts-expect-error a list is no result that is cut back
  runnable("file:///texts.ts", texts, { unpad: { flat: { axis: 1 } } }),
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
