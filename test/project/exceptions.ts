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
    page: "README.md",
    pattern: /^npx ekiben serve (models\/|hf:)/,
    reason: "docs/models.md serves a folder; the hub is not here, and test/models/ has one",
  },
  {
    page: "README.md",
    pattern: /^# client\.py$/,
    reason: "it needs a package of PyPI; test/system/oip-grpc.test.ts calls by Triton's client",
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
    page: "docs/coming-from-bentoml.md",
    pattern: /^# client\.py: BentoML 1\.1$/,
    reason: "it needs packages of PyPI; test/system/bentoml-clients.test.ts has such clients",
  },
  {
    page: "docs/coming-from-bentoml.md",
    pattern: /^npx ekiben models (import ~|list)/,
    reason: "there is no store of BentoML's; test/models/ imports a folder of one",
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
    page: "docs/deployment.md",
    pattern: /^upstream hello /,
    reason:
      "it is a part of nginx's settings; test/runtime/unix-socket.test.ts calls such a server",
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
    page: "docs/metrics.md",
    pattern: /^histogram_quantile/,
    reason: "it is a query; test/system/prometheus.test.ts runs such ones of the dashboard",
  },
  {
    page: "docs/models.md",
    pattern: /^# models\/mnist\/config\.yaml$/,
    reason: "the command that serves the folder reads it without naming it",
  },
  {
    page: "docs/models.md",
    pattern: /^Ekiben-Model: /,
    reason: "it is a header of another model; test/runtime/model-headers.test.ts compares such",
  },
  {
    page: "docs/models.md",
    pattern: /^npx ekiben (models|serve (mnist_cnn|hf:))|^\/\/ stored\.ts$/,
    reason: "the store is that of the user, and the hub is not here; test/models/ runs all of it",
  },
  {
    page: "docs/models.md",
    pattern: /^Ekiben-Model: /,
    reason: "it is a header alone; test/runtime/model-headers.test.ts has those of real answers",
  },
  {
    page: "docs/openapi.md",
    pattern: /^npx openapi-typescript /,
    reason: "it is not installed; test/system/openapi.test.ts lints and fuzzes the document",
  },
  {
    page: "docs/openapi.md",
    pattern: /^# client\.py$/,
    reason: "test/system/bentoml-clients.test.ts has BentoML's clients",
  },
  {
    page: "docs/protocols.md",
    pattern: /^(\/\/ greeter\.proto|# buf\.gen\.yaml)$/,
    reason: "the command `buf generate` reads it without naming it",
  },
  {
    page: "docs/protocols.md",
    pattern: /^service GreeterService \{$/,
    reason: "it is a part of a file; test/proto/proto-file.test.ts compares a whole one",
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
  {
    page: "docs/logging.md",
    pattern: /^2026-11-29T12:04:51/,
    reason: "lines of the log have times, ids and addresses",
  },
];
