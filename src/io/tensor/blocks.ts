/**
 * Blocks: the elements of a tensor while it is read. Their number is not known before the end.
 * @module
 */
import { allocate, DTYPES, type DType, type TensorData } from "../../tensor.ts";
import { BLOCK_ELEMENTS, KINDS, numberRuns, type RunOptions } from "../json/number-runs.ts";
import { plainNumbers } from "./element.ts";

/** The dtypes whose data are typed arrays. */
export type NumberDType = Exclude<DType, "string">;
type NumberData = TensorData[NumberDType];

/** The dtypes whose elements a block has as they are; in those of others they are doubles. */
export type BlockDType = keyof typeof KINDS;
type BlockData = TensorData[BlockDType];

/** The blocks that are joined in one step, which takes a millisecond or two. */
const STEP_BLOCKS = 16;

/** The one block of this thread that is being filled, as an array of each type. */
let views: Readonly<Record<BlockDType, BlockData>> | undefined;

function viewsOfBlock(): Readonly<Record<BlockDType, BlockData>> {
  const runs = numberRuns();
  const memory = runs?.memory ?? new ArrayBuffer(8 * BLOCK_ELEMENTS);
  const start = runs?.blockStart ?? 0;
  return {
    float64: new Float64Array(memory, start, BLOCK_ELEMENTS),
    float32: new Float32Array(memory, start, BLOCK_ELEMENTS),
    int64: new BigInt64Array(memory, start, BLOCK_ELEMENTS),
    uint64: new BigUint64Array(memory, start, BLOCK_ELEMENTS),
    bool: new Uint8Array(memory, start, BLOCK_ELEMENTS),
  };
}

/** Returns the dtype of a block for the elements of another. */
function blockDType(dtype: NumberDType): BlockDType {
  return Object.hasOwn(KINDS, dtype) ? (dtype as BlockDType) : "float64";
}

/** The elements that can be read in runs into blocks, by their dtype. */
const OPTIONS = new Map(
  DTYPES.filter((dtype): dtype is NumberDType => dtype !== "string").map((dtype) => {
    const options: RunOptions = { kind: KINDS[blockDType(dtype)], ...plainNumbers(dtype) };
    return [dtype, options] as const;
  }),
);

/** Returns the elements that can be read in runs. */
export function runOptions(dtype: NumberDType): RunOptions {
  return OPTIONS.get(dtype) ?? { kind: KINDS.float64, ...plainNumbers(dtype) };
}

/** Returns a copy of the first elements of the block. */
export function copyOfBlock(dtype: NumberDType, count: number): NumberData {
  views ??= viewsOfBlock();
  const kind = blockDType(dtype);
  if (kind === dtype) return views[kind].slice(0, count);
  // Doubles that were checked to fit the dtype are converted natively.
  const data = allocate(dtype, count) as Float64Array;
  data.set(views.float64.subarray(0, count) as Float64Array);
  return data;
}

/**
 * Collects elements. All readers fill the same block in turns: each moves its elements out of it,
 * by `flush()`, before it yields.
 */
export class Blocks {
  /** The block, and the number of elements in it. */
  readonly block: BlockData;
  waiting = 0;
  readonly #dtype: NumberDType;
  readonly #full: NumberData[] = [];
  #length = 0;
  #data: NumberData | undefined;
  /** The blocks, and their elements, that are in `#data`. */
  #joined = { blocks: 0, elements: 0 };

  constructor(dtype: NumberDType) {
    views ??= viewsOfBlock();
    this.block = views[blockDType(dtype)];
    this.#dtype = dtype;
  }

  get isFull(): boolean {
    return this.waiting === BLOCK_ELEMENTS;
  }

  /** Moves the elements out of the block. */
  flush(): void {
    const { waiting } = this;
    if (waiting === 0) return;
    this.#full.push(copyOfBlock(this.#dtype, waiting));
    this.#length += waiting;
    this.waiting = 0;
  }

  /** Joins the blocks, some at a time. Returns true when all are joined. */
  join(): boolean {
    this.flush();
    const full = this.#full;
    if (full.length === 1) return true;
    this.#data ??= allocate(this.#dtype, this.#length);
    const joined = this.#joined;
    for (const block of full.slice(joined.blocks, joined.blocks + STEP_BLOCKS)) {
      (this.#data as Float64Array).set(block as Float64Array, joined.elements);
      joined.blocks += 1;
      joined.elements += block.length;
    }
    return joined.blocks === full.length;
  }

  /** Returns all elements, once they are joined. */
  finish(): NumberData {
    const data = this.#full.length === 1 ? this.#full[0] : this.#data;
    if (data === undefined) throw new Error("A tensor was asked for before it was read");
    return data;
  }
}
