import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Code,
  grpcStatus,
  httpStatus,
  invalidArgument,
  isCode,
  messageOf,
  ServiceError,
  stackOf,
} from "../src/error.ts";

/** Numbers of https://github.com/grpc/grpc/blob/master/doc/statuscodes.md. */
const STATUSES: readonly [Code, number, number][] = [
  ["invalid_argument", 400, 3],
  ["unauthenticated", 401, 16],
  ["permission_denied", 403, 7],
  ["not_found", 404, 5],
  ["method_not_allowed", 405, 12],
  ["already_exists", 409, 6],
  ["model_mismatch", 412, 9],
  ["payload_too_large", 413, 8],
  ["unsupported_media_type", 415, 3],
  ["failed_precondition", 422, 9],
  ["resource_exhausted", 429, 8],
  ["canceled", 499, 1],
  ["internal", 500, 13],
  ["unimplemented", 501, 12],
  ["unavailable", 503, 14],
  ["deadline_exceeded", 504, 4],
];

for (const [code, http, grpc] of STATUSES) {
  test(`httpStatus() and grpcStatus() of ${code} are ${http} and ${grpc}`, () => {
    assert.ok(isCode(code));
    assert.deepEqual([httpStatus(code), grpcStatus(code)], [http, grpc]);
  });
}

for (const value of ["ok", "toString", "__proto__", 400, undefined, null]) {
  test(`isCode() is false for ${value}`, () => {
    assert.equal(isCode(value), false);
  });
}

test("ServiceError carries a code, a message, a cause and when to retry", () => {
  const cause = new Error("disk");
  const error = new ServiceError("unavailable", "Busy", { cause, retryAfterSeconds: 2 });
  assert.ok(error instanceof Error);
  assert.deepEqual(
    [error.name, error.code, error.message, error.cause, error.retryAfterSeconds],
    ["ServiceError", "unavailable", "Busy", cause, 2],
  );
});

for (const [given, carried] of [
  [-3, 0],
  [0.5, 0.5],
  [1e300, 999_999_999],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
] as const) {
  test(`ServiceError carries ${carried} seconds for ${given}`, () => {
    const error = new ServiceError("unavailable", "Busy", { retryAfterSeconds: given });
    assert.equal(error.retryAfterSeconds, carried);
  });
}

test("ServiceError has no cause unless one is given", () => {
  const error = new ServiceError("not_found", "No such model");
  assert.equal("cause" in error, false);
  assert.equal(error.retryAfterSeconds, undefined);
});

test("ServiceError.from() keeps what was thrown on purpose", () => {
  const error = invalidArgument("bad");
  assert.equal(ServiceError.from(error), error);
});

for (const thrown of [new TypeError("secret"), "secret", undefined, { code: "not_found" }]) {
  test(`ServiceError.from() masks ${String(thrown)}`, () => {
    const error = ServiceError.from(thrown);
    assert.deepEqual([error.code, error.message], ["internal", "Internal error"]);
    assert.equal(error.cause, thrown);
  });
}

test("invalidArgument() is a ServiceError of that code", () => {
  const cause = new SyntaxError("x");
  const error = invalidArgument("bad", cause);
  assert.deepEqual([error.code, error.message, error.cause], ["invalid_argument", "bad", cause]);
  assert.equal("cause" in invalidArgument("bad"), false);
});

test("messageOf() reads anything that was thrown", () => {
  assert.deepEqual([new Error("a"), "b", undefined, 3].map(messageOf), [
    "a",
    "b",
    "undefined",
    "3",
  ]);
});

test("messageOf() describes what cannot be printed", () => {
  const secretive = Object.defineProperty(new Error("a"), "message", {
    get: () => {
      throw new Error("b");
    },
  });
  assert.equal(messageOf(secretive), "a value that cannot be printed");
});

test("stackOf() begins with the name and the message, whether or not the stack has them", () => {
  const error = new RangeError("too far");
  const full = error.stack;
  assert.equal(stackOf(error), full);
  assert.match(stackOf(error), /^RangeError: too far\n/);
  error.stack = "load@app.js:3:7\nmain@app.js:9:1";
  assert.equal(stackOf(error), "RangeError: too far\nload@app.js:3:7\nmain@app.js:9:1");
  Object.assign(error, { stack: undefined });
  assert.equal(stackOf(error), "RangeError: too far");
});
