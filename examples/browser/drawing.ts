/** A field to draw a digit in: white ink on black, as the model was trained on. */

const INK_WIDTH = 22;

/** A field to draw in. */
export interface Drawing {
  /** Makes the field black. */
  clear(): void;
  /** Shows a picture in the field. */
  show(picture: Blob): Promise<void>;
}

/**
 * Lets the user draw in a canvas.
 *
 * @param onDrawn called with the picture after each stroke
 */
export function drawIn(canvas: HTMLCanvasElement, onDrawn: (picture: Blob) => void): Drawing {
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser has no canvas");
  context.lineWidth = INK_WIDTH;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.strokeStyle = "#fff";

  const at = ({ offsetX, offsetY }: PointerEvent): [number, number] => [
    (offsetX * canvas.width) / canvas.clientWidth,
    (offsetY * canvas.height) / canvas.clientHeight,
  ];
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    context.beginPath();
    context.moveTo(...at(event));
    context.lineTo(...at(event));
    context.stroke();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    context.lineTo(...at(event));
    context.stroke();
  });
  canvas.addEventListener("pointerup", () => {
    canvas.toBlob((picture) => {
      if (picture !== null) onDrawn(picture);
    }, "image/png");
  });
  const clear = (): void => {
    context.fillStyle = "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
  };
  clear();
  return {
    clear,
    async show(picture) {
      const bitmap = await createImageBitmap(picture);
      clear();
      const scale = Math.min(canvas.width / bitmap.width, canvas.height / bitmap.height);
      const [width, height] = [bitmap.width * scale, bitmap.height * scale];
      const [left, top] = [(canvas.width - width) / 2, (canvas.height - height) / 2];
      context.drawImage(bitmap, left, top, width, height);
    },
  };
}
