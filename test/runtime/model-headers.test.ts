/** `Ekiben-Model` and `If-Model` over every protocol, on the ports of a server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, runner, service, text } from "ekiben";
import { serve } from "ekiben/serve";
import hashed from "../runner/fixtures/hashed.ts";
import { silenced } from "../support/silenced.ts";
import { CALLERS, type Outcome } from "./every-protocol.ts";

const [a, b] = ["a".repeat(64), "b".repeat(64)];

/** Answers the number of the worker's start, so that a call that computed can be told from none. */
async function served() {
  const log = silenced();
  const started = () => new Int32Array(new SharedArrayBuffer(4));
  const params = (digests: readonly string[]) => ({ digests: [digests], started: started() });
  const words = runner(hashed, { name: "words", workers: 1, params: params([a]) });
  const ranks = runner(hashed, {
    name: "ranks",
    workers: 1,
    params: params([b]),
    model: { name: "Rank, 2" },
  });
  const plain = runner(hashed, { name: "plain", workers: 1, params: params([]) });
  let handled = 0;
  const io = { input: text(), output: text() };
  const tested = service("named", {
    runners: [words, ranks, plain],
    apis: {
      none: api(io, () => "none"),
      code: api(io, async (_, context) => String(await plain.embed([1], context))),
      one: api(io, async (_, context) => {
        await words.embed([1], context);
        handled += 1;
        return "one";
      }),
      two: api(io, async (_, context) => {
        await Promise.all([words.embed([1], context), words.embed([2], context)]);
        await ranks.embed([1], context);
        return context.models?.map(({ name }) => name).join("; ") ?? "";
      }),
    },
  });
  const where = { host: "127.0.0.1", port: 0, grpcPort: 0, signals: false } as const;
  const server = await serve(tested, where);
  return {
    server,
    handled: () => handled,
    async [Symbol.asyncDispose]() {
      await server.close();
      log[Symbol.dispose]();
    },
  };
}

const isOk = ({ status, code }: Outcome): boolean => (status ?? 200) === 200 && (code ?? 0) === 0;

for (const [protocol, call] of Object.entries(CALLERS)) {
  test(`answers name the models that made them, over ${protocol}`, async () => {
    await using fixture = await served();
    const { server } = fixture;
    const named = async (name: string): Promise<string | null> => {
      const outcome = await call(server, name, "x");
      assert.ok(isOk(outcome), outcome.text);
      return outcome.metadata.get("ekiben-model");
    };
    assert.equal(await named("none"), null);
    assert.equal(await named("code"), null);
    assert.equal(await named("one"), `words@sha256:${a}`);
    assert.equal(await named("two"), `words@sha256:${a}, Rank%2C%202@sha256:${b}`);
    assert.equal((await call(server, "two", "x")).text, "words; Rank, 2");
  });

  test(`a model that If-Model does not name answers nothing, over ${protocol}`, async () => {
    await using fixture = await served();
    const { server } = fixture;
    const withModel = (name: string, header: string): Promise<Outcome> =>
      call(server, name, "x", { "if-model": header });
    const both = `words@sha256:${a}, Rank%2C%202@sha256:${b}`;
    for (const [name, header] of [
      ["one", `words@sha256:${a}`],
      ["one", both],
      ["two", both],
      ["two", `sha256:${a},sha256:${b}`],
      ["code", `sha256:${b}`],
      ["none", `sha256:${b}`],
    ] as const) {
      const outcome = await withModel(name, header);
      assert.ok(isOk(outcome), `${name} ${header}: ${outcome.text}`);
    }
    const handled = fixture.handled();
    for (const [name, header] of [
      ["one", `words@sha256:${b}`],
      ["one", `ranks@sha256:${a}`],
      ["two", `words@sha256:${a}`],
    ] as const) {
      const { status, code, text } = await withModel(name, header);
      assert.deepEqual(status ?? code, status === undefined ? 9 : 412, `${name} ${header}`);
      assert.match(text, /If-Model does not name the model that answers: (words|Rank%2C%202)@sha/);
    }
    const malformed = await withModel("none", "words");
    assert.equal(malformed.status ?? malformed.code, malformed.status === undefined ? 3 : 400);
    assert.equal(fixture.handled(), handled);
  });
}
