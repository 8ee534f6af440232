/** The credentials that name a caller, which nobody else may read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, app, json, runner, service } from "ekiben";
import counting from "../runner/fixtures/counting.ts";
import { silenced } from "../support/silenced.ts";

test("app() has no caller in its log, its metrics, its answers, or its explanations", async () => {
  using log = silenced();
  const counts = runner(counting, { name: "counting", workers: 1, params: {} });
  const seen: (string | undefined)[] = [];
  const made = service("secret", {
    runners: [counts],
    apis: {
      count: api({ input: json<number[]>(), output: json<number[]>() }, (numbers, context) => {
        seen.push(context.caller);
        return counts.count(numbers, context).then((counted) => [...counted]);
      }),
      fail: api({ input: json<number[]>(), output: json<number[]>() }, (_, context) => {
        return counts.countAndFail(undefined, context);
      }),
    },
  });
  await using tested = app(made);
  const texts: string[] = [];
  for (const headers of [{ authorization: "Bearer s3cret" }, { "x-api-key": "s3cret" }]) {
    for (const path of ["/count", "/fail"]) {
      const init = { method: "POST", body: "[1]", headers: { ...headers, "ekiben-explain": "1" } };
      const response = await tested.request(path, init);
      texts.push(await response.text(), JSON.stringify([...response.headers]));
      assert.equal(response.status, path === "/count" ? 200 : 500);
    }
  }
  assert.deepEqual(seen, ["Bearer s3cret", "s3cret"]);
  texts.push(log.text, await (await tested.request("/metrics")).text());
  assert.match(log.text, /failed/);
  for (const each of texts) assert.ok(!each.includes("s3cret"), each);
});
