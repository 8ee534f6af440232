/**
 * Rates of requests, as users write them: `100/s`, `100/m`, `5000/h`.
 * @module
 */

/** A rate, and the most requests at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** The option `rateLimit`: the rate alone, or with the most requests at once. */
export type RateLimitOption =
  | string
  | {
      /** Requests in a time: `100/s`, `100/m`, `5000/h`. */
      readonly rate: string;
      /** The most requests at once. Default those of the rate: 100 for `100/m`. */
      readonly burst?: number;
    };

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Reads a rate. @throws TypeError for anything else */
export function rateOf(option: RateLimitOption): Rate {
  const { rate, burst } = typeof option === "string" ? { rate: option } : (option ?? {});
  const [, count, unit = ""] = /^(\d{1,9})\/(?:(?:1 ?)?([smh]))$/.exec(`${rate}`) ?? [];
  const seconds = SECONDS[unit];
  if (count === undefined || seconds === undefined || Number(count) === 0) {
    throw new TypeError(
      `"rateLimit" must be a number of requests in a second, a minute or an hour, such as ` +
        `"100/s", "100/m" or "5000/h", but was ${JSON.stringify(rate)}`,
    );
  }
  if (burst !== undefined && !(Number.isSafeInteger(burst) && burst >= 1)) {
    throw new TypeError(`The "burst" of "rateLimit" must be a whole number from 1 up: ${burst}`);
  }
  return { perSecond: Number(count) / seconds, burst: burst ?? Number(count) };
}
