/**
 * Progress of downloads, told to whoever shows it.
 * @module
 */

/** Is told how downloads go on. */
export interface Progress {
  /** A file begins. @param size in bytes, if it is known */
  begin(file: string, size: number | undefined): void;
  /** So many bytes of it are here. */
  at(bytes: number): void;
  /** The file is here and checked. */
  end(): void;
  /** Something worth a line, such as a break. */
  note(text: string): void;
}

/** Shows nothing. */
export const silent: Progress = { begin() {}, at() {}, end() {}, note() {} };

/** Returns a size for people: `22.9 MB`. */
export function sizeText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
