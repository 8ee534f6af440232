/**
 * npyShape(): the dtype and the shape that the header of a .npy file states.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @module
 */

/** Returns them as text, such as `float32 [2, 3]`; undefined if these bytes do not begin a file. */
export function npyShape(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder("latin1").decode(bytes);
  if (bytes[0] !== 0x93 || !text.startsWith("NUMPY", 1)) return undefined;
  const [, kind = "", size = "1"] = /'descr':\s*'[<>|=]?([a-zA-Z])(\d*)'/.exec(text) ?? [];
  const [, axes] = /'shape':\s*\(([^)]*)\)/.exec(text) ?? [];
  if (axes === undefined) return undefined;
  const shape = axes.split(",").map((axis) => axis.trim());
  const names: Readonly<Record<string, string>> = { f: "float", i: "int", u: "uint", b: "bool" };
  const name = names[kind];
  const dtype = name === undefined ? kind : name === "bool" ? name : `${name}${Number(size) * 8}`;
  return `${dtype} [${shape.filter((axis) => axis !== "").join(", ")}]`;
}
