/** The examples of docs/ that test/project/docs.test.ts does not run, and why. */
import type { Exception } from "./play.ts";

/** The commands that need packages of Debian. */
export const PYTHON = /^python3 /;

/** The exceptions. One that fits nothing in its page fails a test. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    page: "README.md",
    pattern: /^(bun run|deno task|npx --yes bun run) (serve|test|test:system)$/,
    reason: "test/project/readme.test.ts runs the commands of a checkout",
  },
  {
    page: "docs/browser.md",
    pattern: /^\/\/ (page|connected|worker|service-worker)\.ts$/,
    reason: "it is for a browser; the command of the page bundles it",
  },
  {
    page: "docs/browser.md",
    pattern: /^\/\/ (with-server|vite\.config)\.ts$/,
    reason: "it needs a browser or Vite; the tests of test/system have pages like it",
  },
  {
    page: "docs/coming-from-bentoml.md",
    pattern: /^# service\.py: BentoML$/,
    reason: "it is BentoML's, which is not installed here, to compare with",
  },
  {
    page: "docs/deployment.md",
    pattern: /^docker (build|run) /,
    reason: "test/project/docker.test.ts does the steps of the Dockerfile without an engine",
  },
  {
    page: "docs/deployment.md",
    pattern: /^listen http$/,
    reason: "test/system/haproxy.test.ts runs HAProxy with these settings and other addresses",
  },
  {
    page: "docs/deployment.md",
    pattern: /^# probes\.yaml$/,
    reason: "there is no Kubernetes; test/project/docs.test.ts compares its paths and port",
  },
  {
    page: "docs/edge.md",
    pattern: /^npx wrangler |^\/\/ (alone\/)?wrangler\.jsonc$/,
    reason: "wrangler is not installed; test/project/workerd.test.ts runs such bundles in workerd",
  },
  {
    page: "docs/edge.md",
    pattern: /^\/\/ (worker|files\.d)\.ts$/,
    reason: "bundle.ts bundles the worker, and the other has types only",
  },
  {
    page: "docs/protocols.md",
    pattern: /^(\/\/ greeter\.proto|# buf\.gen\.yaml)$/,
    reason: "the command `buf generate` reads it without naming it",
  },
  {
    page: "docs/runners-and-batching.md",
    pattern: /^\/\/ (page|worker)\.ts$/,
    reason: "it runs in a browser; test/system/web-workers.test.ts has both scripts",
  },
  ...["README.md", "docs/inputs-and-outputs.md", "docs/protocols.md"].map((page) => ({
    page,
    pattern: /^npm install\b/,
    reason: "the packages of the project are there already",
  })),
  {
    page: "docs/inputs-and-outputs.md",
    pattern: PYTHON,
    reason: "test/system/docs.test.ts runs it with Debian's numpy and requests",
  },
];
