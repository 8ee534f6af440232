/**
 * formParts(): the parts of an answer that is a form.
 * @module
 */

/**
 * Returns the names and the values of the parts: a `File`, or a text or the JSON in it. Browsers do
 * not tell the types of texts.
 */
export async function formParts(
  bytes: Uint8Array<ArrayBuffer>,
  { headers }: Response,
): Promise<readonly (readonly [name: string, value: unknown])[]> {
  const type = headers.get("content-type") ?? "";
  const form = await new Response(bytes, { headers: { "content-type": type } }).formData();
  return [...form].map(([name, value]) => [
    name,
    typeof value === "string" ? jsonOrText(value) : value,
  ]);
}

function jsonOrText(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
