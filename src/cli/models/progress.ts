/**
 * Shows the progress of downloads: a bar on a terminal, or else plain lines.
 * @module
 */

import process from "node:process";
import { type Progress, sizeText } from "../../models/fetch/progress.ts";
import { barOf, DRAW_MS, drawLine } from "../progress-line.ts";

/** Returns the progress for standard error, which leaves standard output to what is asked for. */
export function consoleProgress(): Progress {
  const isQuiet = /^(1|on|yes|true)$/i.test(process.env["HF_HUB_DISABLE_PROGRESS_BARS"] ?? "");
  return process.stderr.isTTY && !isQuiet ? new Bar() : new Lines();
}

/** One line at the beginning and at the end of a file. */
class Lines implements Progress {
  #name = "";
  #bytes = 0;

  begin(file: string, size: number | undefined): void {
    // Again after a break.
    if (file !== this.#name) {
      console.error(`Fetching ${file}${size === undefined ? "" : ` (${sizeText(size)})`}`);
    }
    this.#name = file;
    this.#bytes = size ?? 0;
  }

  at(bytes: number): void {
    this.#bytes = bytes;
  }

  end(): void {
    console.error(`Fetched ${this.#name} (${sizeText(this.#bytes)})`);
  }

  note(text: string): void {
    console.error(text);
  }
}

/** A bar that is drawn again and again. */
class Bar implements Progress {
  #name = "";
  #size: number | undefined;
  #start: { readonly bytes: number; readonly ms: number } | undefined;
  #bytes = 0;
  #drawnMs = 0;

  begin(file: string, size: number | undefined): void {
    this.#name = file;
    this.#size = size;
    this.#start = undefined;
    this.#draw();
  }

  at(bytes: number): void {
    const now = performance.now();
    this.#start ??= { bytes, ms: now };
    this.#bytes = bytes;
    if (now - this.#drawnMs >= DRAW_MS) this.#draw();
  }

  end(): void {
    this.#draw();
    process.stderr.write("\n");
    this.#bytes = 0;
  }

  note(text: string): void {
    process.stderr.write(`\r\x1b[K${text}\n`);
  }

  #draw(): void {
    this.#drawnMs = performance.now();
    const line = `${this.#name} ${this.#amount()}${this.#rate()}`;
    drawLine(line);
  }

  #amount(): string {
    if (this.#size === undefined) return sizeText(this.#bytes);
    const share = this.#size === 0 ? 1 : Math.min(1, this.#bytes / this.#size);
    const percent = `${Math.floor(share * 100)}`.padStart(3);
    return `${barOf(share)} ${percent} % ${sizeText(this.#bytes)} of ${sizeText(this.#size)}`;
  }

  #rate(): string {
    const { bytes = 0, ms = 0 } = this.#start ?? {};
    const seconds = (performance.now() - ms) / 1000;
    if (this.#start === undefined || seconds < 0.5) return "";
    return ` ${sizeText((this.#bytes - bytes) / seconds)}/s`;
  }
}
