/**
 * The camera: a video of it, and a picture when the user takes one.
 * @module
 */

import { button, fill, h } from "../dom.ts";

/** A camera. */
export interface Camera {
  readonly element: HTMLElement;
  /** Turns the camera on. */
  open(): void;
  /** Turns it off. */
  close(): void;
}

/** @param onPicture called with each picture that is taken */
export function camera(onPicture: (picture: HTMLCanvasElement) => void): Camera {
  const video = h("video", { playsinline: true, muted: true, "aria-label": "The camera" });
  const trouble = h("p", { class: "hint", role: "status" });
  const take = button("Take a picture", () => {
    const canvas = h("canvas", { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    if (video.videoWidth > 0) onPicture(canvas);
  });
  let stream: MediaStream | undefined;
  let isOpen = false;
  const close = (): void => {
    isOpen = false;
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = undefined;
    video.srcObject = null;
  };
  async function open(): Promise<void> {
    isOpen = true;
    fill(trouble, "Waiting for the camera …");
    try {
      if (navigator.mediaDevices === undefined) {
        throw new Error("browsers allow it on https: and localhost only");
      }
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment" },
      });
      if (!isOpen) return close();
      video.srcObject = stream;
      await video.play();
      fill(trouble);
    } catch (error) {
      fill(trouble, `The camera cannot be used: ${(error as Error).message}`);
    }
  }
  return {
    element: h("div", { class: "camera" }, video, trouble, take),
    open: () => void open(),
    close,
  };
}
