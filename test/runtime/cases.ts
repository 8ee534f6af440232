/**
 * The cases that Bun, Deno, Node, workerd and Chromium pass: one list, as rows of the table in
 * docs/runtimes.md. A case imports nothing of Node's, so that it runs inside a page as well as
 * against a server.
 */

import { NAMED, NDARRAYS } from "./cases/arrays.ts";
import { BATCHING, CANCELED } from "./cases/batches.ts";
import { BOMB, BOUNDED, COMPRESSED, COMPRESSED_CALL, MEMBERS } from "./cases/bodies.ts";
import { casesOf, type Exchange, grpcCasesOf } from "./cases/exchange.ts";
import { FILES, FORMS, IMAGES, OWN, WRITTEN_IMAGES } from "./cases/files.ts";
import { DISCONNECTS, GRPC_DISCONNECTS, MEANWHILE, STREAM_DISCONNECT } from "./cases/held.ts";
import {
  DOCUMENTED,
  MOUNTED,
  PROBED,
  REFUSED,
  RESET,
  STREAMED,
  UNKNOWN_PATH,
} from "./cases/http.ts";
import { countsOf, METRICS, PROCESS } from "./cases/measured.ts";
import { MODELS } from "./cases/models.ts";
import { OIP } from "./cases/oip.ts";
import { CHECKS, overEach, STATUSES } from "./cases/requests.ts";
import { FRAMES_SENT, PARQUET_BACK, SERIES_SENT } from "./cases/tables.ts";
import type { Case, Place, Target } from "./cases/target.ts";
import { JSONS, TEXT } from "./cases/values.ts";
import { FETCH_WAYS, GRPC_WAYS, type Way } from "./cases/ways.ts";

/** A row of the table: a feature, its cases, and why some places do not have it. */
export interface Row {
  readonly name: string;
  readonly cases: readonly Case[];
  /** True if it depends on where workers run. */
  readonly ofWorkers?: boolean;
  /** True if its cases count what the service does, so that they must not run at once. */
  readonly inOrder?: boolean;
  /** The reasons, which stand in the table. There, each of the cases must fail. */
  readonly lacking?: Readonly<Partial<Record<Place, string>>>;
}

const { codes, items, ...OF_ALL } = CHECKS;
const over = (name: keyof typeof OF_ALL): Case[] => overEach(FETCH_WAYS, name, OF_ALL[name]);
/** Returns the first way of each protocol, for what does not depend on the method. */
const oncePerProtocol = (ways: readonly Way[]): Way[] => [
  ...new Map(ways.toReversed().map((way) => [way.protocol, way])).values(),
];
/** Returns the ways in groups of one protocol each, in which each endpoint is there once. */
const byWire = (ways: readonly Way[]): readonly (readonly Way[])[] =>
  Object.values(Object.groupBy(ways, ({ wire }) => wire)).map((group = []) => group);
const streamsOver = (ways: readonly Way[]): Case[] =>
  overEach(
    ways.filter(({ isStream }) => isStream),
    "items",
    items,
  );

const EXCHANGES: readonly Exchange[] = [
  ...[TEXT, JSONS, NDARRAYS, NAMED, FRAMES_SENT, SERIES_SENT, IMAGES, FILES, FORMS, OWN],
].flat();

const NO_TRAILERS = "`fetch` has no trailers, which gRPC needs; Connect and gRPC-Web do without";
const NOT_GRPC = {
  "app()": NO_TRAILERS,
  workerd: NO_TRAILERS,
  page: NO_TRAILERS,
  "Service Worker": NO_TRAILERS,
};
const UNTOLD = {
  "Service Worker":
    "Chromium does not tell a Service Worker that a caller has gone before its answer begins; " +
    "the request goes on until it is answered, or until its deadline",
};
const ONE_MEMBER = "`DecompressionStream` reads one member; such a body is answered with 400";
const ONE_THREAD = "runnables share the thread of their callers";
const WHOLE =
  "workerd ends the body as if it were whole; server-sent events, Connect and gRPC-Web say how a " +
  "stream ended";
const NO_PROCESS = "there is no process of its own";

/** All rows. */
export const ROWS: readonly Row[] = [
  { name: "`text()`", cases: casesOf(TEXT) },
  { name: "`json()`", cases: casesOf(JSONS) },
  { name: "`ndarray()`: JSON, `.npy`, bare elements", cases: casesOf(NDARRAYS) },
  { name: "`namedTensors()`", cases: casesOf(NAMED) },
  { name: "`dataframe()`: JSON, CSV, Parquet", cases: casesOf([...FRAMES_SENT, PARQUET_BACK]) },
  { name: "`series()`", cases: casesOf(SERIES_SENT) },
  {
    name: "`image()`: PNG, JPEG, WebP, GIF, BMP, TIFF",
    cases: [...casesOf(IMAGES), ...WRITTEN_IMAGES],
  },
  { name: "`file()`", cases: casesOf(FILES) },
  { name: "`multipart()`", cases: casesOf(FORMS) },
  { name: "descriptors of your own", cases: casesOf(OWN) },
  {
    name: "bodies compressed by gzip or deflate",
    cases: [...casesOf(COMPRESSED), COMPRESSED_CALL],
  },
  {
    name: "gzip bodies of several members",
    cases: casesOf(MEMBERS),
    lacking: { workerd: ONE_MEMBER, page: ONE_MEMBER, "Service Worker": ONE_MEMBER },
  },
  { name: "bounds of bodies", cases: [...casesOf(BOUNDED), BOMB, ...over("bounds")] },
  { name: "requests that are refused", cases: REFUSED },
  {
    name: "unknown paths are answered with 404",
    cases: [UNKNOWN_PATH],
    lacking: {
      "Service Worker": "other paths go to the network, where the page's files are",
    },
  },
  {
    name: "codes of errors",
    cases: [
      ...STATUSES,
      ...overEach(oncePerProtocol(FETCH_WAYS), "codes", codes),
      ...over("faults"),
    ],
  },
  { name: "status of an answer", cases: over("statuses") },
  { name: "request ids", cases: over("ids") },
  { name: "headers, trailers, query", cases: over("metadata") },
  { name: "deadlines", cases: over("deadlines") },
  { name: "lanes", cases: over("lanes") },
  { name: "callers", cases: over("callers") },
  { name: "times of answers", cases: over("answerTimes") },
  { name: "disconnects", cases: DISCONNECTS, lacking: UNTOLD },
  { name: "streams", cases: [...streamsOver(FETCH_WAYS), ...casesOf(STREAMED), STREAM_DISCONNECT] },
  {
    name: "streams of text or JSON that fail are broken off",
    cases: [RESET],
    lacking: { workerd: WHOLE },
  },
  { name: "middleware", cases: over("guards") },
  { name: "mounted applications", cases: MOUNTED },
  { name: "batches across requests", cases: BATCHING, inOrder: true, ofWorkers: true },
  {
    name: "a call whose caller disconnects leaves the queue",
    cases: [CANCELED],
    inOrder: true,
    ofWorkers: true,
    lacking: UNTOLD,
  },
  { name: "`Ekiben-Explain`", cases: over("explanations"), ofWorkers: true },
  { name: "ONNX models", cases: MODELS, inOrder: true, ofWorkers: true },
  { name: "Open Inference Protocol over HTTP", cases: OIP, ofWorkers: true },
  { name: "metrics", cases: [...METRICS, ...byWire(FETCH_WAYS).map(countsOf)], inOrder: true },
  { name: "health checks", cases: PROBED },
  { name: "`/docs.json`, metadata, routes", cases: DOCUMENTED },
  {
    name: "gRPC",
    cases: [
      ...grpcCasesOf(EXCHANGES),
      ...Object.entries(OF_ALL).flatMap(([name, check]) => overEach(GRPC_WAYS, name, check)),
      ...overEach(oncePerProtocol(GRPC_WAYS), "codes", codes),
      ...streamsOver(GRPC_WAYS),
      ...GRPC_DISCONNECTS,
    ],
    lacking: NOT_GRPC,
  },
  { name: "metrics of gRPC", cases: [countsOf(GRPC_WAYS)], inOrder: true, lacking: NOT_GRPC },
  {
    name: "requests are answered while a runnable computes",
    cases: [MEANWHILE],
    ofWorkers: true,
    lacking: { workerd: ONE_THREAD },
  },
  {
    name: "metrics of the process",
    cases: [PROCESS],
    lacking: { workerd: NO_PROCESS, page: NO_PROCESS, "Service Worker": NO_PROCESS },
  },
];

/** What came of a row in a place. */
export interface Report {
  readonly row: string;
  readonly passed: number;
  /** The name of each case that failed, and how. */
  readonly failures: readonly string[];
  /** True if the service answers afterwards. */
  readonly isAlive: boolean;
}

/** The most cases that run at once. */
const MAX_AT_ONCE = 8;

/** Runs the cases of a row. */
export async function runRow(row: Row, target: Target): Promise<Report> {
  const { name, cases, inOrder = false, lacking = {} } = row;
  const failures: string[] = [];
  const waiting = [...cases];
  const lane = async (): Promise<void> => {
    for (let each = waiting.shift(); each !== undefined; each = waiting.shift()) {
      try {
        await each.run(target);
      } catch (error) {
        failures.push(`${each.name}: ${error instanceof Error ? error.message : error}`);
      }
    }
  };
  // Where all of them are to fail, each may wait for what never comes.
  const lanes = inOrder ? 1 : lacking[target.place] === undefined ? MAX_AT_ONCE : cases.length;
  await Promise.all(Array.from({ length: lanes }, lane));
  const isAlive = await target.fetch("/livez").then(
    ({ ok }) => ok,
    () => false,
  );
  return { row: name, passed: cases.length - failures.length, failures, isAlive };
}

/**
 * Returns what is wrong about a row in a place: the failures of a feature that it has, and the
 * cases that pass although the table says that it lacks the feature.
 */
export function faultsOf({ cases, lacking = {} }: Row, place: Place, report: Report): string[] {
  if (!report.isAlive) return [...report.failures, "The service no longer answers"];
  if (lacking[place] === undefined) return [...report.failures];
  if (report.failures.length === cases.length) return [];
  return [`${report.passed} of ${cases.length} cases pass, but the table says: ${lacking[place]}`];
}
