/** Configuration files, and ports that are taken, for the tests of a command line. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** A folder as long as the tests of one file run, and what makes configurations in it. */
export function configFiles() {
  const folder = mkdtempSync(join(tmpdir(), "ekiben-config-"));
  after(() => rmSync(folder, { recursive: true }));
  let files = 0;
  return {
    folder,
    /** The path of a configuration with this text. */
    fileWith(text: string): string {
      files += 1;
      const path = join(folder, `config-${files}.yaml`);
      writeFileSync(path, text);
      return path;
    },
  };
}

/** A port that is in use until the end of the block. */
export async function takenPort(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = await new Promise<Server>((resolve) => {
    const listening = createServer().listen(0, "127.0.0.1", () => resolve(listening));
  });
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
