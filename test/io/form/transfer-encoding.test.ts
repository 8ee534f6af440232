import assert from "node:assert/strict";
import { test } from "node:test";
import { parseForm } from "../../../src/io/form/form.ts";
import { named, part, raw } from "../fixtures/forms.ts";

const ENCODED: readonly [string, string, string][] = [
  ["base64", "aGVsbG8=", "hello"],
  ["BASE64", "aGVs\n bG8=\n\n", "hello"],
  ["base64", "aGVsbG8", "hello"],
  ["base64", "", ""],
  ["quoted-printable", "gr=C3=B6=c3=9Fe =\nx=3D\ny", "größe x=\r\ny"],
  ["7bit", "a=3D", "a=3D"],
  ["8bit", "größe", "größe"],
  ["Binary", "a=3D", "a=3D"],
  ["", "a=3D", "a=3D"],
];

for (const [encoding, sent, content] of ENCODED) {
  test(`decodeTransfer() decodes ${JSON.stringify(sent)} in ${encoding}`, () => {
    const head = `${named("a")}Content-Transfer-Encoding: ${encoding}`;
    assert.deepEqual(parseForm(raw(`${head}\n\n${sent}\n--b--`)), [part("a", content)]);
  });
}

test("decodeTransfer() decodes Base64 of any bytes", () => {
  for (let length = 0; length < 70; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 97 + length * 31) % 256);
    const sent = Buffer.from(bytes).toString("base64").replace(/.{20}/g, "$&\n");
    const head = `${named("a")}Content-Transfer-Encoding: base64`;
    assert.deepEqual(parseForm(raw(`${head}\n\n${sent}\n--b--`))[0]?.bytes, bytes);
  }
  for (const sent of ["a", "aGVsb", "aGV=sbG8", "aG=", "aGVsbG8===", "aGVs=", "a*==", "aGVé"]) {
    const head = `${named("a")}Content-Transfer-Encoding: base64`;
    assert.throws(() => parseForm(raw(`${head}\n\n${sent}\n--b--`)), /not valid Base64/, sent);
  }
  for (const sent of ["=", "=4", "=4x", "= \n", "a=\nb=G1"]) {
    const head = `${named("a")}Content-Transfer-Encoding: quoted-printable`;
    assert.throws(() => parseForm(raw(`${head}\n\n${sent}\n--b--`)), /not valid quoted-pri/, sent);
  }
});
