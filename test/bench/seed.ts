/** The seed of the benchmarks in virtual time: `--seed N`. */
import process from "node:process";

const at = process.argv.indexOf("--seed");
export const seed: number = at < 0 ? 1 : Number(process.argv[at + 1]);

/** The other arguments. */
export const words: readonly string[] = process.argv
  .slice(2)
  .filter((_, index) => at < 0 || (index !== at - 2 && index !== at - 1));
