import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiKeys } from "../../src/access/api-keys.ts";
import { Cors, type CorsOptions } from "../../src/access/cors.ts";
import { callerOfAddress, isLoopbackHost, readNetwork } from "../../src/access/network.ts";
import { OriginGuard } from "../../src/access/origin-guard.ts";
import { TrustedProxies } from "../../src/access/proxies.ts";
import { rateOf } from "../../src/access/rate.ts";
import { RateLimiter } from "../../src/access/rate-limiter.ts";
import { FakeClock } from "../support/fake-clock.ts";

type Headers = Readonly<Record<string, string>>;
const header = (headers: Headers) => (name: string) => headers[name];

test("ApiKeys refuses what is no key, without showing it", () => {
  for (const [keys, message] of [
    [[], /has no key/],
    [["short"], /key 1 .* 8 or more characters/],
    [["ada:with spaces in it"], /named ada/],
    [["ada:123456789", "ada:987654321"], /two keys named ada/],
    [["a name:123456789"], /name before its colon/],
    [["ada:sha256:12"], /64 hexadecimal digits/],
    [["ada:sécret-sécret"], /ASCII/],
  ] as const) {
    assert.throws(
      () => new ApiKeys(keys, "apiKeys"),
      (error: Error) => {
        assert.match(error.message, message);
        for (const key of keys) assert.ok(!error.message.includes(key.replace(/^.*:/, "")));
        return true;
      },
    );
  }
});

test("ApiKeys names a key without a name by its place", () => {
  const keys = new ApiKeys(["first-key", "second-key"], "apiKeys");
  const nameOf = (headers: Headers) => keys.nameOf({ header: header(headers) });
  assert.equal(nameOf({ authorization: "Bearer second-key" }), "key-2");
  assert.equal(nameOf({ "x-api-key": "first-key" }), "key-1");
  // Two of one header, as some proxies join them.
  assert.equal(nameOf({ authorization: "Bearer first-key, Bearer second-key" }), undefined);
  assert.equal(nameOf({ "x-api-key": "" }), undefined);
});

test("RateLimiter fills a bucket at its rate, up to the burst", () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter(rateOf({ rate: "60/m", burst: 3 }), clock);
  const take = () => limiter.take("ada").isAllowed;
  assert.deepEqual([take(), take(), take(), take()], [true, true, true, false]);
  const { retryAfterSeconds, remaining, limit, fullAfterSeconds } = limiter.take("ada");
  assert.deepEqual([retryAfterSeconds, remaining, limit, fullAfterSeconds], [1, 0, 3, 3]);
  clock.advance(999);
  assert.equal(take(), false);
  clock.advance(1);
  assert.deepEqual([take(), take()], [true, false]);
  clock.advance(3_600_000);
  assert.deepEqual([take(), take(), take(), take()], [true, true, true, false]);
  assert.equal(limiter.take("bob").isAllowed, true);
});

test("RateLimiter forgets the caller that was not seen for longest", () => {
  const limiter = new RateLimiter(rateOf("1/h"), new FakeClock(), 2);
  for (const caller of ["ada", "bob", "ada", "eve"]) limiter.take(caller);
  assert.equal(limiter.size, 2);
  assert.equal(limiter.take("ada").isAllowed, false);
  assert.equal(limiter.take("bob").isAllowed, true);
});

test("rateOf() reads rates, and refuses others", () => {
  assert.deepEqual(rateOf("100/s"), { perSecond: 100, burst: 100 });
  assert.deepEqual(rateOf("120/m"), { perSecond: 2, burst: 120 });
  assert.deepEqual(rateOf({ rate: "3600/h", burst: 5 }), { perSecond: 1, burst: 5 });
  for (const wrong of ["", "100", "0/s", "1/d", "-1/s", "1.5/s", { rate: "1/s", burst: 0 }, null]) {
    assert.throws(() => rateOf(wrong as string), TypeError, JSON.stringify(wrong));
  }
});

test("callerOfAddress() counts the addresses of a customer as one", () => {
  const one = callerOfAddress("2001:db8:1:2:3:4:5:6");
  assert.equal(callerOfAddress("2001:db8:1:2::9"), one);
  assert.notEqual(callerOfAddress("2001:db8:1:3::9"), one);
  assert.equal(callerOfAddress("10.0.0.1"), "10.0.0.1");
});

test("isLoopbackHost() knows the names of this machine", () => {
  const local = ["localhost", "LOCALHOST.", "app.localhost", "127.0.0.1", "127.9.9.9", "[::1]"];
  for (const host of local) assert.ok(isLoopbackHost(host), host);
  const others = ["localhost.evil.org", "evil.org", "0.0.0.0", "10.0.0.1", "127.0.0.1.evil.org"];
  for (const host of others) assert.ok(!isLoopbackHost(host), host);
});

test("readNetwork() refuses what is no network", () => {
  for (const text of ["", "10.0.0", "10.0.0.256", "10.0.0.0/33", "::/129", "1::2::3", "a", "/8"]) {
    assert.equal(readNetwork(text), undefined, text);
  }
  assert.equal(readNetwork("::ffff:1.2.3.4")?.value, 0xffff_0102_0304n);
});

test("TrustedProxies believes what trusted proxies have added", () => {
  const proxies = new TrustedProxies(["private", "127.0.0.1", "fd00::/8"]);
  for (const [peer, forwarded, expected] of [
    ["203.0.113.1", "10.1.1.1", "203.0.113.1"], // not from a proxy
    ["10.0.0.1", "198.51.100.7", "198.51.100.7"],
    ["10.0.0.1", "1.1.1.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"],
    ["127.0.0.1", "198.51.100.7:4711", "198.51.100.7"],
    ["fd00::1", "[2001:db8::1]:443", "2001:db8::1"],
    ["10.0.0.1", "unknown, nonsense", "10.0.0.1"],
    ["10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["10.0.0.1", undefined, "10.0.0.1"],
    [undefined, "1.1.1.1", undefined],
  ] as const) {
    const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
    const request = { url: "http://x/", peer, header: header(headers) };
    assert.equal(proxies.clientOf(request), expected, forwarded ?? "");
  }
  assert.throws(() => new TrustedProxies(["anyone"]), /"loopback", "private" or "unix:"/);
});

test("Cors refuses settings that contradict each other", () => {
  for (const [options, message] of [
    [{ origins: "*", credentials: true }, /credentials to every origin/],
    [{ origins: [] }, /must name the origins/],
    [{ origins: "https://page.org/" }, /did you mean "https:\/\/page.org"/],
    [{ origins: "page.org" }, /must be like .* did you mean "https:\/\/page\.org"\?$/],
    [{ origins: "localhost:5173" }, /did you mean "http:\/\/localhost:5173"\?$/],
    [{ origins: "file:///a" }, /but was "file:\/\/\/a"$/],
    [{ originRegex: "(" }, /regular expression/],
    [{ origins: "*", headers: ["a b"] }, /name of a header|that of a header/],
  ] as readonly (readonly [CorsOptions, RegExp])[]) {
    assert.throws(() => new Cors(options), message);
  }
});

test("Cors answers preflights", () => {
  const cors = new Cors({ origins: ["https://a.org"], originRegex: "https://.*\\.b\\.org" });
  const asked = {
    origin: "https://a.org",
    "access-control-request-headers": "content-type,connect-protocol-version, x-own",
    "access-control-request-private-network": "true",
  };
  const answer = cors.preflight(header(asked));
  assert.equal(answer?.get("access-control-allow-origin"), "https://a.org");
  assert.equal(
    answer?.get("access-control-allow-headers"),
    "content-type, connect-protocol-version, x-own",
  );
  assert.equal(answer?.get("access-control-allow-private-network"), "true");
  assert.match(answer?.get("vary") ?? "", /^Origin/);
  const allows = (origin: string) => cors.preflight(header({ ...asked, origin })) !== undefined;
  assert.ok(allows("https://x.b.org"));
  for (const origin of ["https://a.org.evil.org", "https://x.b.org.evil.org", "null", ""]) {
    assert.ok(!allows(origin), origin);
  }
  const any = new Cors("*").preflight(header(asked));
  assert.equal(any?.get("access-control-allow-origin"), "*");
  assert.equal(any?.get("access-control-allow-private-network"), null);
  const strict = new Cors({ origins: "*", headers: ["X-Own"] }).preflight(header(asked));
  assert.match(strict?.get("access-control-allow-headers") ?? "", /Grpc-Timeout.*, X-Own$/);
});

test("OriginGuard lets in what is of the server's own page, or of no page", () => {
  const page = "https://evil.org";
  const settings = {
    cors: new Cors("https://good.org"),
    proxies: new TrustedProxies(["10.0.0.1"]),
  };
  const proxied = { peer: "10.0.0.1", "x-forwarded-host": "shop.org" };
  for (const [url, sent, isAllowed] of [
    ["http://localhost:3000/x", {}, true],
    ["http://localhost:3000/x", { origin: page }, false],
    ["http://localhost:3000/x", { origin: "null" }, false],
    ["http://localhost:3000/x", { origin: "https://good.org" }, true],
    ["http://localhost:3000/x", { origin: "http://localhost:3000" }, true],
    ["http://localhost:3000/x", { origin: "http://localhost:5173" }, false],
    ["http://localhost:3000/x", { "sec-fetch-site": "cross-site" }, false],
    ["http://localhost:3000/x", { "sec-fetch-site": "none" }, true],
    // Behind a proxy that sends its own Host.
    [
      "http://127.0.0.1:3000/x",
      { origin: "https://shop.org", "sec-fetch-site": "same-origin" },
      true,
    ],
    ["http://127.0.0.1:3000/x", { origin: "https://shop.org" }, false],
    ["http://127.0.0.1:3000/x", { origin: "https://shop.org", ...proxied }, true],
    ["http://127.0.0.1:3000/x", { origin: page, ...proxied }, false],
    ["http://192.168.1.2:3000/x", { origin: page }, true],
  ] as readonly (readonly [string, Headers, boolean])[]) {
    const guard = new OriginGuard({ ...settings, isLocal: false, allowedHosts: [] });
    const { peer, ...headers } = sent;
    const check = () => guard.checkOrigin({ url, peer, header: header(headers) });
    if (isAllowed) check();
    else assert.throws(check, { code: "permission_denied" }, JSON.stringify([url, sent]));
  }
});

test("OriginGuard lets a link lead to what is read, and nothing else", () => {
  const guard = new OriginGuard({
    cors: undefined,
    proxies: undefined,
    isLocal: true,
    allowedHosts: [],
  });
  const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  const request = { url: "http://localhost/", header: header(headers) };
  guard.checkOrigin({ ...request, method: "GET" }, undefined, true);
  assert.throws(() => guard.checkOrigin({ ...request, method: "GET" }, undefined, false));
  assert.throws(() => guard.checkOrigin({ ...request, method: "POST" }, undefined, true));
});

test("OriginGuard knows a name that was made to stand for this machine", () => {
  const guard = (allowedHosts: readonly string[], isLocal = true) =>
    new OriginGuard({ cors: undefined, proxies: undefined, isLocal, allowedHosts });
  for (const [host, allowed, isAllowed] of [
    ["localhost:3000", [], true],
    ["[::1]:3000", [], true],
    ["evil.org:3000", [], false],
    ["shop.org", ["shop.org"], true],
    ["evil.org", ["shop.org"], false],
    ["evil.org", ["*"], true],
  ] as const) {
    const check = () => guard(allowed).checkHost({ url: `http://${host}/predict?x` });
    if (isAllowed) check();
    else assert.throws(check, { code: "permission_denied" }, host);
  }
  guard([], false).checkHost({ url: "http://evil.org/" });
});
