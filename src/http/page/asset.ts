/**
 * The files of the page at `/`, as `bun run page` writes them.
 * @module
 */

/** The names of the files: the document, its script and its style sheet. */
export type AssetName = "page.html" | "page.js" | "page.css";

/** A file of the page. */
export interface Asset {
  readonly type: string;
  /** The beginning of its SHA-256, in hexadecimal. */
  readonly hash: string;
  /** The file, compressed by gzip, in Base64. */
  readonly gzip: string;
}

/** All files of the page. */
export type PageAssets = Readonly<Record<AssetName, Asset>>;
