/** The ends of numbers, found for many at once. */
import { ends, input, state } from "./memory";

/** The bytes that are searched at a time. */
const STEP: usize = 2048;

/** The ends that were found and not yet taken: in the table, from `next` up to `last`. */
let next: usize = 0;
let last: usize = 0;
/** 1 if the searched bytes end within a number. */
let open: u64 = 0;

/** Returns a bit for each of sixteen characters: 0 for digits and "-./". */
function others(at: usize): u64 {
  // Bytes from "-" to "9" become the least signed ones.
  const moved = i8x16.add(v128.load(at), i8x16.splat(0x53));
  return <u64>(<u32>i8x16.bitmask(i8x16.gt_s(moved, i8x16.splat(-116))));
}

export function nextEnd(): usize {
  return next;
}

export function lastEnd(): usize {
  return last;
}

export function takeEnds(to: usize): void {
  next = to;
}

/** Goes to the first end behind the position `at`, where a number begins. */
export function findEnds(at: usize): void {
  if (input + load<u32>(state, 16) > at) {
    while (next < last && <usize>load<u32>(next) <= at) next += 4;
    return;
  }
  next = ends;
  last = ends;
  store<u32>(ends, 0);
  open = 0;
  store<u32>(state, <u32>(at - input), 16);
}

/** Finds more ends, once all are taken. Returns false at the end of the text. */
export function moreEnds(end: usize): bool {
  let at = input + <usize>load<u32>(state, 16);
  let to = ends;
  let within = open;
  while (at < end && to === ends) {
    const until = min(at + STEP, end);
    while (at < until) {
      const found =
        others(at) | (others(at + 16) << 16) | (others(at + 32) << 32) | (others(at + 48) << 48);
      let bits = found & ((~found << 1) | within);
      within = ~found >> 63;
      const after = to + ((<usize>popcnt(bits)) << 2);
      do {
        store<u32>(to, <u32>(at + <usize>ctz(bits)));
        bits &= bits - 1;
        store<u32>(to, <u32>(at + <usize>ctz(bits)), 4);
        bits &= bits - 1;
        store<u32>(to, <u32>(at + <usize>ctz(bits)), 8);
        bits &= bits - 1;
        store<u32>(to, <u32>(at + <usize>ctz(bits)), 12);
        bits &= bits - 1;
        to += 16;
      } while (bits !== 0);
      to = after;
      at += 64;
    }
  }
  store<u32>(state, <u32>(at - input), 16);
  open = within;
  next = ends;
  last = to;
  store<u32>(to, 0);
  return to !== ends;
}
