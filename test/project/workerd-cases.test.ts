/** The cases of every place, in workerd. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { faultsOf, ROWS, runRow } from "../runtime/cases.ts";
import { startWorkerd } from "./workerd.ts";

const BUNDLED = `
import { app } from "ekiben";
import { MAX_BODY_BYTES } from "./cases/target.ts";
import { everyPlace } from "./every-place-service.ts";
export default app(everyPlace(), { maxBodyBytes: MAX_BODY_BYTES });
`;

const starting = startWorkerd(BUNDLED, fileURLToPath(new URL("../runtime", import.meta.url)));
after(async () => await (await starting)[Symbol.asyncDispose]());

for (const row of ROWS) {
  test(`workerd has ${row.name}`, async () => {
    const { url } = await starting;
    const target = {
      place: "workerd",
      fetch: (path: string, init?: RequestInit) => fetch(`${url}${path}`, init),
    } as const;
    assert.deepEqual(faultsOf(row, target.place, await runRow(row, target)), []);
  });
}
