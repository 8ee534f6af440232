/**
 * The text of a tensor: nested arrays, with the shape that they have.
 * @module
 */

import { button, field, fill, h } from "../dom.ts";
import { closed, countOf, type Nested, nest, shapeOf, shapeText } from "../tensor/shape.ts";
import { FormError, type OnChange } from "./form.ts";

/** The most elements that a text begins with. */
const MAX_ELEMENTS = 20_000;

/** The text of a tensor. */
export interface TensorArea {
  readonly element: HTMLElement;
  /** Returns the nested arrays. @throws FormError for a text that is none */
  read(): { readonly text: string; readonly value: Nested; readonly shape: readonly number[] };
}

/**
 * @param shape the shape that is wanted; undefined for any
 * @param dtype the elements' type, such as `float32` or `FP32`
 */
export function tensorArea(
  label: string,
  shape: readonly number[] | undefined,
  dtype: string,
  onChange: OnChange,
): TensorArea {
  const area = h("textarea", { rows: 6, class: "code" });
  area.spellcheck = false;
  const note = h("p", { class: "hint", role: "status" });
  const wanted = closed(shape ?? [3]);
  const fit = (): void => {
    const { text, isWrong } = described(area.value, shape, dtype);
    fill(note, text);
    area.setAttribute("aria-invalid", String(isWrong));
  };
  const put = (element: (at: number) => unknown): void => {
    const count = Math.min(countOf(wanted), MAX_ELEMENTS);
    area.value = JSON.stringify(
      nest(
        Array.from({ length: count }, (_, at) => element(at)),
        wanted,
      ),
    );
    fit();
  };
  area.addEventListener("input", () => {
    fit();
    onChange("edited");
  });
  const isText = /string|bytes/i.test(dtype);
  const isTruth = /bool/i.test(dtype);
  const zero = isText ? "text" : isTruth ? false : 0;
  const random = (): unknown => {
    if (isTruth) return Math.random() < 0.5;
    return /int/i.test(dtype) ? Math.floor(Math.random() * 10) : Number(Math.random().toFixed(3));
  };
  const isLarge = countOf(wanted) > MAX_ELEMENTS;
  if (isLarge) fill(note, `${shapeText(shape ?? [])} has too many elements to type: give a file`);
  else put(() => zero);
  const fills = [
    button(isText ? "Example" : "Zeros", () => refill(() => zero), { class: "quiet" }),
    !isText && button("Random", () => refill(random), { class: "quiet" }),
  ];
  const refill = (element: (at: number) => unknown): void => {
    put(element);
    onChange("edited");
  };
  return {
    element: h(
      "div",
      {},
      field(label, area),
      h("div", { class: "row tight" }, note, ...(isLarge ? [] : fills)),
    ),
    read() {
      const value = parsed(area.value);
      const found = shapeOf(value);
      if (found === undefined) throw new FormError(`${label}: the rows are of different lengths`);
      return { text: area.value, value, shape: found };
    },
  };
}

function parsed(text: string): Nested {
  try {
    return JSON.parse(text) as Nested;
  } catch (error) {
    throw new FormError(`This is not JSON: ${(error as Error).message}`);
  }
}

/** Returns what the shape of a text is, and whether it is the wanted one. */
function described(
  text: string,
  wanted: readonly number[] | undefined,
  dtype: string,
): { text: string; isWrong: boolean } {
  let found: readonly number[] | undefined;
  try {
    found = shapeOf(JSON.parse(text));
  } catch {
    return { text: "This is not JSON yet", isWrong: true };
  }
  if (found === undefined) return { text: "The rows are of different lengths", isWrong: true };
  const is = `${dtype} ${shapeText(found)}`.trim();
  if (wanted === undefined || fits(found, wanted)) return { text: is, isWrong: false };
  return { text: `${is}; expected ${shapeText(wanted)}`, isWrong: true };
}

/** Returns true if a shape fits one with open axes. */
export function fits(shape: readonly number[], wanted: readonly number[]): boolean {
  if (shape.length !== wanted.length) return false;
  return wanted.every((axis, at) => axis < 0 || axis === shape[at]);
}
