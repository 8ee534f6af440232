/**
 * HubClient: asks a hub for the files of a revision.
 *
 * By the interface of the Hugging Face hub: `GET /api/models/{repo}/revision/{revision}` lists the
 * files, `GET /{repo}/resolve/{revision}/{file}` answers one.
 * @module
 */

import { ServiceError } from "../../error.ts";
import type { Download, Expected } from "../fetch/download.ts";
import { answerError, TransientFailure } from "../fetch/failure.ts";
import { type FetchSettings, request, StallTimer } from "../fetch/request.ts";
import { withRetries } from "../fetch/retries.ts";
import { recordOf, textOf } from "../plain-values.ts";
import type { HubSettings } from "./hub-settings.ts";
import { type HubSource, isCommit } from "./hub-source.ts";
import { fileFrom, type HubCommit, type HubFile } from "./hub-state.ts";

/** The longest list of files, in bytes. */
const MAX_LIST_BYTES = 64_000_000;

/** Asks a hub. */
export class HubClient {
  readonly #hub: HubSettings;
  readonly #settings: FetchSettings;

  constructor(hub: HubSettings, settings: FetchSettings) {
    this.#hub = hub;
    this.#settings = { ...settings, stallMs: hub.stallMs };
  }

  /** The times and tries of requests to the hub. */
  get settings(): FetchSettings {
    return this.#settings;
  }

  /**
   * Lists the files of a revision.
   *
   * @throws ServiceError `not_found`, `unauthenticated` or `permission_denied` as the hub says;
   *   `unavailable` if it cannot be reached
   */
  async list({ repo, revision }: HubSource, tries: number): Promise<HubCommit> {
    const url = this.#url(`api/models/${repo}/revision/${encodeURIComponent(revision)}`);
    url.searchParams.set("blobs", "true");
    const what = `the list of files of ${repo}@${revision}`;
    const text = await withRetries({ ...this.#settings, tries }, async () => {
      using stall = new StallTimer(this.#settings);
      const { response } = await request(url, { secret: this.#secret(), stall });
      if (response.status !== 200) throw answerError(response, what, this.#hints(repo));
      return await textWithin(response, stall, what);
    });
    return listed(text, what);
  }

  /**
   * Finds the commit of a revision by the answer to one of its files, from a hub or a mirror that
   * lists none.
   */
  async find(source: HubSource, path: string): Promise<HubCommit> {
    const { repo, revision } = source;
    const { url, name } = this.download(source, { path }, "");
    return await withRetries(this.#settings, async () => {
      using stall = new StallTimer(this.#settings);
      const { response, first } = await request(url, { secret: this.#secret(), stall });
      if (response.status !== 200) throw answerError(response, name, this.#hints(repo));
      const commit = first.get("x-repo-commit") ?? revision;
      if (!isCommit(commit)) {
        const text = `The hub does not say which commit ${repo}@${revision} is`;
        throw new ServiceError("failed_precondition", text);
      }
      return { commit, files: [{ path, ...learn(first) }] as readonly HubFile[] };
    });
  }

  /** Returns the download of a file. @param part where its bytes are collected */
  download(
    { repo, revision }: Pick<HubSource, "repo" | "revision">,
    file: HubFile,
    part: string,
  ): Download {
    const path = file.path.split("/").map(encodeURIComponent).join("/");
    return {
      url: this.#url(`${repo}/resolve/${encodeURIComponent(revision)}/${path}`),
      part,
      expected: file,
      secret: this.#secret(),
      name: `${repo}/${file.path}`,
      hints: this.#hints(repo),
      learn,
    };
  }

  #url(path: string): URL {
    return new URL(`${this.#hub.endpoint}/${path}`);
  }

  #secret(): { readonly origin: string; readonly value: string } | undefined {
    const { endpoint, token } = this.#hub;
    if (token === undefined) return undefined;
    return { origin: new URL(endpoint).origin, value: `Bearer ${token}` };
  }

  #hints(repo: string): Readonly<Record<number, string>> {
    const { endpoint, token } = this.#hub;
    const login = "set HF_TOKEN to a token that may read it";
    const missing = `there is no such repository, revision or file on ${endpoint}`;
    return {
      // The hub does not tell strangers which private repositories there are.
      401: token === undefined ? `${missing}, or it is private: ${login}` : `HF_TOKEN is not valid`,
      403: `the token may not read it, or its terms must be accepted on ${endpoint}/${repo}`,
      404: missing,
    };
  }
}

async function textWithin(response: Response, stall: StallTimer, what: string): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    stall.touch();
    const read = await reader?.read().catch((error: unknown) => {
      throw new TransientFailure(`${what} broke off: ${stall.reason(error)}`);
    });
    if (read === undefined || read.done) return text;
    text += read.value;
    if (text.length > MAX_LIST_BYTES) {
      throw new ServiceError(
        "resource_exhausted",
        `${what} is larger than ${MAX_LIST_BYTES} bytes`,
      );
    }
  }
}

function listed(text: string, what: string): HubCommit {
  const wrong = (reason: string): ServiceError =>
    new ServiceError("failed_precondition", `The hub's answer is not ${what}: ${reason}`);
  let value: Readonly<Record<string, unknown>> | undefined;
  try {
    value = recordOf(JSON.parse(text));
  } catch {
    throw wrong("it is not JSON");
  }
  const { sha, siblings, cardData } = value ?? {};
  if (typeof sha !== "string" || !isCommit(sha)) throw wrong('"sha" is not the hash of a commit');
  if (!Array.isArray(siblings)) throw wrong('"siblings" is not a list');
  const license = recordOf(cardData)?.["license"];
  return {
    commit: sha,
    ...(typeof license === "string" ? { license } : {}),
    files: siblings.flatMap((each: unknown) => {
      const { rfilename, size, blobId, lfs } = recordOf(each) ?? {};
      const large = recordOf(lfs);
      // The blob of a large file is a pointer to it.
      const gitSha1 = large === undefined ? blobId : undefined;
      const sha256 = large?.["sha256"] ?? textOf(large?.["oid"])?.replace(/^sha256:/, "");
      if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(String(sha256))) {
        throw wrong(`the hash of ${JSON.stringify(rfilename)} is not a SHA-256`);
      }
      return fileFrom({ path: rfilename, size: large?.["size"] ?? size, sha256, gitSha1 });
    }),
  };
}

/** Reads the size and the hash of a file from the hub's first answer, which may be a redirect. */
function learn(first: Headers): Expected {
  const linked = first.get("x-linked-etag");
  const etag = (linked ?? first.get("etag") ?? "").replace(/^W\//, "").replaceAll('"', "");
  const size = first.get("x-linked-size");
  return {
    ...(size !== null && /^\d{1,15}$/.test(size) ? { size: Number(size) } : {}),
    ...(/^[0-9a-f]{64}$/.test(etag) ? { sha256: etag } : {}),
    ...(/^[0-9a-f]{40}$/.test(etag) && linked === null ? { gitSha1: etag } : {}),
  };
}
