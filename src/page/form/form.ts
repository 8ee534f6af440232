/**
 * Form: the input of a call, which the user fills in; and its content, which is sent.
 * @module
 */

/** What is sent as a body, or as a part of one. */
export type Content =
  | { readonly kind: "text"; readonly text: string; readonly type: string }
  | { readonly kind: "json"; readonly text: string }
  | FileContent
  | { readonly kind: "form"; readonly fields: Readonly<Record<string, Content>> };

/** A file, as a body or as a part of a form. */
export interface FileContent {
  readonly kind: "file";
  readonly file: Blob;
  readonly name: string;
  readonly type: string;
  /** The part of a form that it is sent as, with its name; it is the body itself without. */
  readonly part?: string;
}

/** A change of a form: a drawn stroke is one that calls while the user goes on. */
export type OnChange = (how: "live" | "edited") => void;

/** A form. */
export interface Form {
  readonly element: HTMLElement;
  /** @throws FormError for input that cannot be sent */
  read(): Content | Promise<Content>;
  /** Releases what the form holds, such as a camera. */
  close?(): void;
}

/** Input that cannot be sent, and why, for the user. */
export class FormError extends Error {}

/** Returns the body of a request, and its content type unless the browser makes it. */
export function bodyOf(content: Content): { body: BodyInit; type?: string } {
  switch (content.kind) {
    case "text":
      return { body: content.text, type: content.type };
    case "json":
      return { body: content.text, type: "application/json" };
    case "file": {
      const { part, file, type } = content;
      return part === undefined ? { body: file, type } : { body: formData({ [part]: content }) };
    }
    case "form":
      return { body: formData(content.fields) };
  }
}

function formData(fields: Readonly<Record<string, Content>>): FormData {
  const body = new FormData();
  for (const [name, part] of Object.entries(fields)) {
    const { blob, file } = partOf(part);
    if (file === undefined) body.append(name, blob);
    else body.append(name, blob, file);
  }
  return body;
}

/** Returns a part of a form, with its type, and its name if it is a file. */
function partOf(content: Content): { blob: Blob; file?: string } {
  switch (content.kind) {
    case "file":
      return { blob: content.file.slice(0, content.file.size, content.type), file: content.name };
    case "form":
      throw new FormError("A form cannot be within a form");
    default: {
      const { body, type = "" } = bodyOf(content);
      return { blob: new Blob([body as string], { type }) };
    }
  }
}
