/** Verdicts in memory. */
import type { VerdictStore } from "../../src/repository/backend-choice.ts";

export class KeptVerdicts implements VerdictStore {
  readonly values = new Map<string, unknown>();
  readonly reads: string[] = [];

  async read(key: string): Promise<unknown> {
    this.reads.push(key);
    return this.values.get(key);
  }

  async write(key: string, value: unknown): Promise<void> {
    this.values.set(key, JSON.parse(JSON.stringify(value)));
  }
}
