/**
 * The form of a picture: drawn, from a file (chosen, dropped or pasted), or by the camera.
 * @module
 */

import { fill, h } from "../dom.ts";
import { tabs } from "../tabs.ts";
import { camera } from "./camera.ts";
import { drawPad } from "./draw-pad.ts";
import { filePicker } from "./file-picker.ts";
import { type Form, FormError, type OnChange } from "./form.ts";

/** A picture that the user has given. */
export interface GivenPicture {
  readonly file: Blob;
  readonly name: string;
}

/** A source of pictures. */
export interface PictureSource {
  readonly element: HTMLElement;
  /** Returns the picture. @throws FormError if there is none */
  read(): GivenPicture | Promise<GivenPicture>;
  close(): void;
}

/**
 * Makes a source of pictures.
 *
 * @param accept the media types of files, for the dialog
 * @param drawsFirst true if the canvas is shown first
 */
export function pictureSource(
  accept: readonly string[],
  drawsFirst: boolean,
  onChange: OnChange,
): PictureSource {
  const pad = drawPad(() => onChange("live"));
  const picker = filePicker("Choose a picture", accept, () => onChange("edited"));
  let taken: HTMLCanvasElement | undefined;
  const shot = h("div", { class: "preview" });
  const lens = camera((picture) => {
    taken = picture;
    picture.className = "thumb";
    fill(shot, picture);
    onChange("edited");
  });
  const panels = {
    draw: { label: "Draw", panel: pad.element },
    file: { label: "File", panel: picker.element },
    camera: {
      label: "Camera",
      panel: h("div", {}, lens.element, shot),
      onShow: lens.open,
      onHide: lens.close,
    },
  };
  const names = drawsFirst
    ? (["draw", "file", "camera"] as const)
    : (["file", "draw", "camera"] as const);
  const source = tabs(
    "How to give a picture",
    names.map((name) => panels[name]),
  );
  const onPaste = (event: ClipboardEvent): void => {
    const [file] = event.clipboardData?.files ?? [];
    if (file === undefined || !file.type.startsWith("image/")) return;
    event.preventDefault();
    source.show(names.indexOf("file"));
    picker.take(file);
  };
  document.addEventListener("paste", onPaste);
  const element = source.element;
  // A picture may be dropped anywhere on the form, whichever tab is shown.
  picker.acceptDrops(element, () => source.show(names.indexOf("file")));
  return {
    element,
    async read() {
      switch (names[source.shown]) {
        case "draw":
          if (pad.isBlank) throw new FormError("Draw something first");
          return { file: await pngOf(pad.canvas), name: "drawing.png" };
        case "camera":
          if (taken === undefined) throw new FormError("Take a picture first");
          return { file: await pngOf(taken), name: "camera.png" };
        default: {
          const { file } = picker;
          if (file === undefined) throw new FormError("Choose a picture first");
          return { file, name: file.name };
        }
      }
    },
    close() {
      lens.close();
      document.removeEventListener("paste", onPaste);
    },
  };
}

/** Makes the form of a picture. */
export function pictureForm(
  label: string,
  accept: readonly string[],
  drawsFirst: boolean,
  onChange: OnChange,
): Form {
  const source = pictureSource(accept, drawsFirst, onChange);
  const element = h("fieldset", {}, h("legend", {}, label), source.element);
  return {
    element,
    async read() {
      const { file, name } = await source.read();
      return { kind: "file", file, name, type: file.type || "application/octet-stream" };
    },
    close: source.close,
  };
}

/** Returns a canvas as PNG. */
export function pngOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob === null) reject(new FormError("The picture is empty"));
      else resolve(blob);
    }, "image/png");
  });
}
