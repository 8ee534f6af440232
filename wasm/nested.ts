/** Whole texts. */
import { AXES, input, MARGIN, path, shape, state, UNKNOWN } from "./memory";
import { read } from "./run";
import { afterSpace, CLOSE_BRACKET, COMMA, OPEN_BRACKET } from "./text";

function lengthOf(axis: i32): i32 {
  return load<i32>(shape + ((<usize>axis) << 2), 4);
}

function indexAlong(axis: i32): i32 {
  return load<i32>(path + ((<usize>axis) << 2));
}

function setIndex(axis: i32, index: i32): void {
  store<i32>(path + ((<usize>axis) << 2), index);
}

/**
 * Reads a whole text: nested arrays of elements that `read()` takes, none of them empty.
 *
 * @returns the number of elements, whose lengths along each axis are in `shape`; -1 for any other
 *   text, which other code reads
 */
export function readAll(length: i32, kind: i32, isWhole: i32, min: f64, max: f64): i32 {
  const end = input + length;
  memory.fill(end, 0, MARGIN);
  store<i32>(state, 0, 16);
  let at = afterSpace(input);
  let axes = 0;
  for (; load<u8>(at) === OPEN_BRACKET; axes++) {
    if (axes === AXES) return -1;
    setIndex(axes, 0);
    store<i32>(shape + ((<usize>axes) << 2), UNKNOWN, 4);
    at = afterSpace(at + 1);
  }
  store<i32>(shape, axes);
  const last = axes - 1;
  if (last < 0) return -1;
  let count = 0;
  while (true) {
    const rowLength = lengthOf(last);
    const isFirst = last === 0 || rowLength === UNKNOWN;
    const rowsLeft = isFirst ? 0 : lengthOf(last - 1) - 1 - indexAlong(last - 1);
    const from = <i32>(at - input);
    count = read(from, length, kind, isWhole, min, max, count, 0, rowLength, rowsLeft);
    if (load<i32>(state, 12) === 0) return -1;
    at = input + load<i32>(state);
    setIndex(last, load<i32>(state, 8));
    if (last > 0) setIndex(last - 1, indexAlong(last - 1) + load<i32>(state, 4));
    let axis = last;
    for (; axis >= 0 && load<u8>(at) === CLOSE_BRACKET; axis--) {
      const found = indexAlong(axis) + 1;
      const known = lengthOf(axis);
      if (known === UNKNOWN) store<i32>(shape + ((<usize>axis) << 2), found, 4);
      else if (known !== found) return -1;
      at = afterSpace(at + 1);
    }
    if (axis < 0) return at === end ? count : -1;
    const next = indexAlong(axis) + 1;
    if (axis === last || load<u8>(at) !== COMMA || next === lengthOf(axis)) return -1;
    setIndex(axis, next);
    while (axis < last) {
      at = afterSpace(at + 1);
      if (load<u8>(at) !== OPEN_BRACKET) return -1;
      axis += 1;
      setIndex(axis, 0);
    }
    at += 1;
  }
}
