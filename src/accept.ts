/**
 * The choice of an answer's media type by the request's header Accept (RFC 9110, section 12.5.1).
 * @module
 */

/** A media type that an answer can have. */
export interface Offer {
  readonly type: string;
  /** Parameters whose values must match those of a range; others in a range are ignored. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** The most characters that are read: no client needs more, and Prometheus 3 sends 330. */
const MAX_LENGTH = 2000;

interface Range {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** From 0 (not acceptable) to 1. */
  readonly quality: number;
  /** The position in the header. */
  readonly at: number;
}

/**
 * Returns the offer with the highest quality; among equals, the one that the header names first, or
 * else the first offer. Without the header, or if it accepts none of them, returns the first offer:
 * an answer of another type is more useful than the status 406.
 */
export function chooseOffer<T extends Offer>(
  accept: string | null | undefined,
  offers: readonly [T, ...T[]],
): T {
  // Of most clients.
  if (accept === null || accept === undefined || accept === "*/*") return offers[0];
  const ranges = parse(accept.slice(0, MAX_LENGTH));
  const [best] = offers
    .map((offer) => ({ offer, range: rangeOf(offer, ranges) }))
    .filter(({ range }) => (range?.quality ?? 0) > 0)
    .sort(({ range: one }, { range: other }) => compare(one, other));
  return best?.offer ?? offers[0];
}

/** Compares two ranges: the preferred one comes first, equal ones keep the offers' order. */
function compare(one: Range | undefined, other: Range | undefined): number {
  return (other?.quality ?? 0) - (one?.quality ?? 0) || (one?.at ?? 0) - (other?.at ?? 0);
}

/** Returns the most specific range that matches an offer. */
function rangeOf(offer: Offer, ranges: readonly Range[]): Range | undefined {
  return ranges
    .filter((range) => matches(offer, range))
    .sort((one, other) => precision(offer, other) - precision(offer, one))[0];
}

function matches({ type, parameters = {} }: Offer, range: Range): boolean {
  const [main = ""] = type.split("/");
  if (range.type === "*/*" || range.type === `${main}/*`) return true;
  if (range.type !== type) return false;
  return Object.entries(parameters).every(
    ([name, value]) => (range.parameters.get(name) ?? value) === value,
  );
}

function precision({ type, parameters = {} }: Offer, range: Range): number {
  if (range.type === "*/*") return 0;
  if (range.type !== type) return 1;
  return 2 + Object.keys(parameters).filter((name) => range.parameters.has(name)).length;
}

function parse(accept: string): readonly Range[] {
  return pieces(accept, ",").map((piece, at) => {
    const [type = "", ...rest] = pieces(piece, ";");
    const parameters = new Map(rest.map(parameter));
    const quality = Number(parameters.get("q") ?? 1);
    // A quality that is not a number is ignored.
    const clamped = Number.isNaN(quality) ? 1 : Math.min(1, Math.max(0, quality));
    return { type: type.toLowerCase(), parameters, quality: clamped, at };
  });
}

function parameter(text: string): readonly [string, string] {
  const [name = "", value = ""] = text.split("=", 2);
  return [name.trim().toLowerCase(), value.trim().replace(/^"|"$/g, "").toLowerCase()];
}

/** Splits at each separator outside quotes. */
function pieces(text: string, separator: "," | ";"): readonly string[] {
  const found: string[] = [""];
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    if (character === separator && !quoted) found.push("");
    else found[found.length - 1] += character;
  }
  return found.map((piece) => piece.trim());
}
