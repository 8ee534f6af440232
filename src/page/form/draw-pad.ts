/**
 * The canvas to draw on, by mouse, finger, pen or keyboard: black ink on white paper.
 * @module
 */

import { button, h } from "../dom.ts";

/** The pixels of a side. */
const SIDE = 280;
const INK = "#000";
const PAPER = "#fff";

/** The pixels that a key moves the pen by. */
const STEP = 8;

const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

/** A canvas to draw on. */
export interface DrawPad {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  /** True if nothing has been drawn. */
  readonly isBlank: boolean;
}

/** @param onStroke called while a stroke is drawn */
export function drawPad(onStroke: () => void): DrawPad {
  const canvas = h("canvas", {
    width: SIDE,
    height: SIDE,
    class: "pad",
    tabindex: 0,
    role: "application",
    "aria-roledescription": "drawing area",
    "aria-label": "Draw here. Arrow keys move the pen; Space lowers and lifts it; Delete clears.",
  });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  let isBlank = true;
  let isDown = false;
  let at: readonly [number, number] = [SIDE / 2, SIDE / 4];
  const clear = (): void => {
    if (pen === null) return;
    pen.fillStyle = PAPER;
    pen.fillRect(0, 0, SIDE, SIDE);
    isBlank = true;
  };
  clear();
  const paper = h("div", { class: "paper blank" }, canvas);
  const moveTo = (to: readonly [number, number], draws: boolean): void => {
    if (draws && pen !== null) {
      pen.strokeStyle = INK;
      pen.lineWidth = SIDE / 14;
      pen.lineCap = "round";
      pen.lineJoin = "round";
      pen.beginPath();
      pen.moveTo(...at);
      pen.lineTo(...to);
      pen.stroke();
      isBlank = false;
      paper.classList.remove("blank");
    }
    at = to;
    if (draws) onStroke();
  };
  const within = ({ clientX, clientY }: PointerEvent): readonly [number, number] => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [((clientX - left) / width) * SIDE, ((clientY - top) / height) * SIDE];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    isDown = true;
    at = within(event);
    moveTo(at, true);
  });
  canvas.addEventListener("pointermove", (event) => {
    // What happened since the last frame, so that quick strokes stay round.
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) moveTo(within(each), isDown);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, () => {
      isDown = false;
    });
  }
  const erase = (): void => {
    clear();
    paper.classList.add("blank");
    onStroke();
  };
  canvas.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (event.key === "Delete" || event.key === "Backspace") erase();
    else if (event.key === " ") isDown = !isDown;
    else if (move === undefined) return;
    event.preventDefault();
    if (move === undefined) return moveTo(at, isDown && event.key === " ");
    const [x, y] = [at[0] + move[0], at[1] + move[1]];
    moveTo([Math.min(SIDE, Math.max(0, x)), Math.min(SIDE, Math.max(0, y))], isDown);
  });
  canvas.addEventListener("blur", () => {
    isDown = false;
  });
  const hint = h("p", { class: "hint" }, "Sent while you draw");
  const below = h("div", { class: "row tight" }, hint, button("Clear", erase, { class: "quiet" }));
  const element = h("div", { class: "draw" }, paper, below);
  return {
    element,
    canvas,
    get isBlank() {
      return isBlank;
    },
  };
}
