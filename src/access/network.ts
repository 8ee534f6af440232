/**
 * Networks: IP addresses as numbers, to tell whether one is in a network, and which count as one
 * caller.
 * @module
 */

/** An address as a number, and the number of its bits: 32, or 128. */
interface Ip {
  readonly value: bigint;
  readonly bits: 32 | 128;
}

/** The addresses that share their first bits. */
export interface Network extends Ip {
  readonly prefix: number;
}

/** The first bits of an IPv6 address that a provider gives to one customer (RFC 6177). */
const CUSTOMER_BITS = 64;

/** Reads an address; undefined for anything else. A zone, as in `fe80::1%eth0`, is left out. */
function readIp(text: string): Ip | undefined {
  const [address = ""] = text.split("%", 1);
  return address.includes(":") ? readIpv6(address) : readIpv4(address);
}

function readIpv4(text: string): Ip | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256n + BigInt(part);
  }
  return { value, bits: 32 };
}

function readIpv6(text: string): Ip | undefined {
  const last = text.slice(text.lastIndexOf(":") + 1);
  const ipv4 = last.includes(".") ? readIpv4(last) : undefined;
  if (last.includes(".") && ipv4 === undefined) return undefined;
  const low = ipv4?.value ?? 0n;
  const tail = `${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
  const whole = ipv4 === undefined ? text : text.slice(0, -last.length) + tail;
  const halves = whole.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], rest = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - rest.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  let value = 0n;
  for (const group of [...head, ...new Array<string>(missing).fill("0"), ...rest]) {
    if (!/^[\da-f]{1,4}$/i.test(group)) return undefined;
    value = value * 65_536n + BigInt(`0x${group}`);
  }
  return { value, bits: 128 };
}

/** Reads an address, or a network such as `10.0.0.0/8`; undefined for anything else. */
export function readNetwork(text: string): Network | undefined {
  const [address = "", length, ...more] = text.split("/");
  const ip = readIp(address);
  if (ip === undefined || more.length > 0) return undefined;
  if (length === undefined) return { ...ip, prefix: ip.bits };
  if (!/^\d{1,3}$/.test(length) || Number(length) > ip.bits) return undefined;
  return { ...ip, prefix: Number(length) };
}

/** Returns true if an address is in one of several networks. */
export function isWithinAny(networks: readonly Network[], address: string): boolean {
  const ip = readIp(address);
  if (ip === undefined) return false;
  return networks.some(({ value, bits, prefix }) => {
    const shift = BigInt(bits - prefix);
    return bits === ip.bits && value >> shift === ip.value >> shift;
  });
}

const LOOPBACK: readonly Network[] = ["127.0.0.0/8", "::1"].flatMap((text) => {
  const network = readNetwork(text);
  return network === undefined ? [] : [network];
});

/** Returns true for an address of the machine itself. */
export function isLoopback(address: string): boolean {
  return isWithinAny(LOOPBACK, address);
}

/** Returns true for a name or an address of the machine itself, as in a URL. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$|\.$/g, "");
  return name === "localhost" || name.endsWith(".localhost") || isLoopback(name);
}

/**
 * Returns the name under which an address is counted. All addresses of one customer are the same
 * caller: over IPv6, each has 2^64 of them.
 */
export function callerOfAddress(address: string): string {
  const ip = address.includes(":") ? readIp(address) : undefined;
  if (ip === undefined) return address;
  return `${(ip.value >> BigInt(ip.bits - CUSTOMER_BITS)).toString(16)}::/${CUSTOMER_BITS}`;
}
