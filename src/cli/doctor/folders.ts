/**
 * The checks of the folders that are written to: the store, and that of temporary files.
 * @module
 */

import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { messageOf } from "../../error.ts";
import { sizeText } from "../../models/fetch/progress.ts";
import { storeFolders } from "../../models/home.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** Checks both folders. */
export async function checkFolders(
  home: string = storeFolders().home,
  temporary: string = tmpdir(),
): Promise<readonly Finding[]> {
  return await Promise.all([checkStore(home), checkTemporary(temporary)]);
}

async function checkStore(folder: string): Promise<Finding> {
  const check = "store";
  const found = await stat(folder).catch(() => undefined);
  const reason = await whyNotWritable(found === undefined ? existing(folder) : folder);
  const advice = "Set EKIBEN_HOME to a folder that can be written to";
  if (found !== undefined && !found.isDirectory()) {
    return problem(check, `${folder} is not a folder`, advice);
  }
  // Serving goes on without it: nothing can be fetched, and trials are repeated at each start.
  if (reason !== undefined) return warning(check, `${folder} cannot be written: ${reason}`, advice);
  if (found === undefined) return ok(check, `${folder}, which is made when it is needed`);
  return ok(check, `${folder}, ${sizeText(await sizeOf(folder))}`);
}

async function checkTemporary(folder: string): Promise<Finding> {
  const reason = await whyNotWritable(folder);
  if (reason === undefined) return ok("temporary", folder);
  const text = `${folder} cannot be written: ${reason}`;
  return problem("temporary", text, "Set TMPDIR to a folder that can be written to");
}

/** Returns the nearest folder above that exists. */
async function existing(folder: string): Promise<string> {
  let above = dirname(folder);
  while (dirname(above) !== above && (await stat(above).catch(() => undefined)) === undefined) {
    above = dirname(above);
  }
  return above;
}

async function whyNotWritable(given: string | Promise<string>): Promise<string | undefined> {
  const folder = join(await given, `.ekiben-doctor-${randomUUID()}`);
  try {
    await mkdir(folder);
    await writeFile(join(folder, "file"), "written");
    return undefined;
  } catch (error) {
    return messageOf(error).replace(/, (mkdir|open|write) .*/, "");
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}

/** Returns the size of all files in a folder. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map((entry) => stat(join(entry.parentPath, entry.name)).catch(() => undefined)),
  );
  return sizes.reduce((total, found) => total + (found?.size ?? 0), 0);
}
