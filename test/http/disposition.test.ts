import assert from "node:assert/strict";
import { test } from "node:test";
import { attachment } from "../../src/http/disposition.ts";

const NAMES: readonly (readonly [name: string, header: string])[] = [
  ["two.bin", 'attachment; filename="two.bin"'],
  ["my file (1).txt", 'attachment; filename="my file (1).txt"'],
  ["", "attachment"],
  ["..", "attachment"],
  ["/", "attachment"],
  ["../../etc/passwd", 'attachment; filename="passwd"'],
  ["C:\\dir\\a.png", 'attachment; filename="a.png"'],
  ['a"b.txt', "attachment; filename=\"a_b.txt\"; filename*=UTF-8''a%22b.txt"],
  ["a\r\nSet-Cookie: b=1", 'attachment; filename="a__Set-Cookie: b=1"'],
  ["a\u0000\u007f\u0085b", 'attachment; filename="a___b"'],
  ["50%25.txt", "attachment; filename=\"50_25.txt\"; filename*=UTF-8''50%2525.txt"],
  ["50 %.txt", 'attachment; filename="50 %.txt"'],
  ["naïve.csv", "attachment; filename=\"na_ve.csv\"; filename*=UTF-8''na%C3%AFve.csv"],
  ["日本.pdf", "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.pdf"],
  ["it's*.é", "attachment; filename=\"it's*._\"; filename*=UTF-8''it%27s%2A.%C3%A9"],
  ["evil\u202etxt.exe", 'attachment; filename="evil_txt.exe"'],
  ["a\ud800.b", "attachment; filename=\"a_.b\"; filename*=UTF-8''a%EF%BF%BD.b"],
];

for (const [name, header] of NAMES) {
  test(`attachment() of ${JSON.stringify(name)}`, () => {
    assert.equal(attachment(name), header);
    assert.equal(new Headers({ "content-disposition": header }).get("content-disposition"), header);
  });
}

test("attachment() cuts a long name and keeps its extension", () => {
  const [, name = ""] = /filename="([^"]*)"/.exec(attachment(`${"n".repeat(9000)}.tar.gz`)) ?? [];
  assert.equal(name, `${"n".repeat(252)}.gz`);
  assert.equal(attachment("x".repeat(300)), `attachment; filename="${"x".repeat(255)}"`);
});
