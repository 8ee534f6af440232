#!/usr/bin/env node
/**
 * `npm create ekiben [folder]`: the same as `ekiben init`, without installing Ekiben first. `dist/`
 * is made when the package is packed, by .ci/build.mjs.
 */
import { readFileSync } from "node:fs";
import { writeProject } from "./dist/project.js";

const { version } = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));
const template = new URL("./dist/template/", import.meta.url);
const [folder = ".", ...others] = process.argv.slice(2);

if (folder.startsWith("-") || others.length > 0) {
  console.log("Usage: npm create ekiben [folder]\n\nWrites a service with a model and its test.");
  process.exit(folder === "-h" || folder === "--help" ? 0 : 1);
}
try {
  const lines = writeProject(folder, { template, example: template, version });
  for (const line of lines) console.log(line);
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exit(1);
}
