/** The examples of docs/ that test/project/docs.test.ts does not run, and why. */
import type { Exception } from "./play.ts";

/** The commands that need packages of Debian. */
export const PYTHON = /^python3 /;

/** The exceptions. One that fits nothing in its page fails a test. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    page: "docs/deployment.md",
    pattern: /^docker (build|run) /,
    reason: "test/project/docker.test.ts does the steps of the Dockerfile without an engine",
  },
  ...["docs/inputs-and-outputs.md", "docs/protocols.md"].map((page) => ({
    page,
    pattern: /^npm install /,
    reason: "the packages of the project are there already",
  })),
  {
    page: "docs/inputs-and-outputs.md",
    pattern: PYTHON,
    reason: "test/system/docs.test.ts runs it with Debian's numpy and requests",
  },
];
