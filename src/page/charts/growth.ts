/**
 * Growth: how much the counters of a server have grown between two scrapes.
 * @module
 */

import type { Sample, Samples } from "./parse-metrics.ts";

/** The answer to a scrape. */
export interface Scrape {
  readonly samples: Samples;
  /** When it came, in seconds on a clock that only goes forward. */
  readonly seconds: number;
  /** When it came by the date of the server, in seconds since 1970. */
  readonly date: number;
}

const START_TIME = "process_start_time_seconds";

/** The seconds by which the date of an answer may be off: it is cut to whole ones. */
const DATE_SLACK = 2;

/** The names of samples that only grow, until their server ends. */
const CUMULATIVE = /_(?:total|bucket|count)$/;

/** The counters of one server, between two scrapes. */
export class Growth {
  /** The seconds between the two. */
  readonly seconds: number;
  /** All samples, as the later scrape has them. */
  readonly samples: Samples;
  readonly #before: Samples;
  readonly #known = new Map<string, readonly Sample[]>();

  private constructor(before: Samples, samples: Samples, seconds: number) {
    this.#before = before;
    this.samples = samples;
    this.seconds = seconds;
  }

  /**
   * Returns the growth from one scrape to the next. After a restart, counters have grown from zero.
   * Undefined if the two are of different servers, as behind a proxy that chooses one for each.
   */
  static between(before: Scrape, after: Scrape): Growth | undefined {
    const seconds = after.seconds - before.seconds;
    const [was, is] = [before, after].map(({ samples }) => samples.get(START_TIME)?.[0]?.value);
    const isSame = is === undefined ? !hasFallen(before.samples, after.samples) : was === is;
    if (isSame) return new Growth(before.samples, after.samples, seconds);
    const isRestarted = is === undefined || is >= before.date - DATE_SLACK;
    return isRestarted ? new Growth(new Map(), after.samples, seconds) : undefined;
  }

  /** Returns the samples of a counter, with what each has grown by. */
  of(name: string): readonly Sample[] {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const before = new Map(this.#before.get(name)?.map((each) => [keyOf(each), each.value]));
    const grown = this.now(name).map((sample) => {
      const was = before.get(keyOf(sample)) ?? 0;
      // One that has fallen was removed and created again.
      return { ...sample, value: sample.value >= was ? sample.value - was : sample.value };
    });
    this.#known.set(name, grown);
    return grown;
  }

  /** Returns the samples of a metric as they are now. */
  now(name: string): readonly Sample[] {
    return this.samples.get(name) ?? [];
  }

  /** Returns the name of the first metric with an ending and a label, but without another one. */
  find(ending: string, label: string, without: string): string {
    for (const [name, [first]] of this.samples) {
      if (!name.endsWith(ending) || first === undefined) continue;
      const has = (each: string): boolean => Object.hasOwn(first.labels, each);
      if (has(label) && !has(without)) return name;
    }
    return ending;
  }
}

/** Returns a text that two samples of one metric share only if they have the same labels. */
function keyOf({ labels }: Sample): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns true if any count has fallen, as after a restart. */
function hasFallen(before: Samples, after: Samples): boolean {
  return [...before].some(([name, were]) => {
    if (!CUMULATIVE.test(name)) return false;
    const now = new Map(after.get(name)?.map((each) => [keyOf(each), each.value]));
    return were.some((was) => (now.get(keyOf(was)) ?? 0) < was.value);
  });
}
