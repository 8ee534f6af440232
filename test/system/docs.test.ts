/** The examples of docs/ in Python, with Debian's packages. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { temporaryFolder } from "../project/checkout.ts";
import { EXCEPTIONS, PYTHON } from "../project/exceptions.ts";
import { blocksIn, pages } from "../project/page.ts";
import { play, Stage, writeFiles } from "../project/play.ts";

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const stage = new Stage(folder);
const withPython = pages().filter((page) =>
  blocksIn(page).some(({ language, lines }) => language === "sh" && lines.some(isPython)),
);

function isPython(line: string): boolean {
  return PYTHON.test(line);
}

test("docs/ has examples in Python", () => {
  assert.notDeepEqual(withPython, []);
});

for (const page of withPython) {
  test(`${page}: its examples in Python do what it says`, async () => {
    writeFiles(stage, page);
    await play(
      stage,
      page,
      EXCEPTIONS.filter((each) => each.page === page && each.pattern !== PYTHON),
    );
  });
}
