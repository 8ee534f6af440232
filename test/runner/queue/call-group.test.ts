import assert from "node:assert/strict";
import { test } from "node:test";
import { Item, namesOf, queueOf, take } from "./queue-items.ts";

type Options = ConstructorParameters<typeof Item>[1];

/** The call of a caller. */
const of = (caller: string | undefined, name: string, rest: Options = {}): Options => ({
  caller,
  name,
  ...rest,
});

const CASES: readonly {
  readonly what: string;
  readonly calls: readonly Options[];
  /** The callers that have been given something before, and how much. */
  readonly served?: Readonly<Record<string, number>>;
  readonly order: readonly string[];
}[] = [
  { what: "no calls", calls: [], order: [] },
  {
    what: "the calls of one caller by their deadlines, then by their arrival",
    calls: [
      of("a", "late", { deadlineAt: 9 }),
      of("a", "never"),
      of("a", "soon", { deadlineAt: 1 }),
      of("a", "late too", { deadlineAt: 9 }),
    ],
    order: ["soon", "late", "late too", "never"],
  },
  {
    what: "callers in turns",
    calls: [
      of("a", "a1"),
      of("a", "a2"),
      of("a", "a3"),
      of("b", "b1"),
      of("b", "b2"),
      of("c", "c1"),
    ],
    order: ["a1", "b1", "c1", "a2", "b2", "a3"],
  },
  {
    what: "calls without a caller as those of one",
    calls: [of(undefined, "1"), of(undefined, "2"), of("a", "a1"), of("a", "a2")],
    order: ["1", "a1", "2", "a2"],
  },
  {
    what: "of callers that have been given as much, the earliest deadline",
    calls: [
      of("a", "a8", { deadlineAt: 8 }),
      of("b", "b9", { deadlineAt: 9 }),
      of("c", "c1", { deadlineAt: 1 }),
      of("a", "a7", { deadlineAt: 7 }),
    ],
    order: ["c1", "a7", "b9", "a8"],
  },
  {
    what: "callers by units: one of few rows has more calls before one of many",
    calls: [
      of("large", "3 rows", { rows: 3 }),
      of("large", "3 more", { rows: 3 }),
      of("small", "1"),
      of("small", "2"),
      of("small", "3"),
      of("small", "4"),
    ],
    // After its first call, "large" has 3 units. "small" has as many after three calls; then the
    // earlier arrival is first.
    order: ["3 rows", "1", "2", "3", "3 more", "4"],
  },
  {
    what: "callers by the weight of their rows",
    calls: [
      of("heavy", "20 units", { weight: 20 }),
      of("heavy", "20 more", { weight: 20 }),
      of("light", "1", { rows: 5 }),
      of("light", "2", { rows: 5 }),
    ],
    order: ["20 units", "1", "2", "20 more"],
  },
  {
    what: "a call without rows before those that cost something",
    calls: [of("a", "a1"), of("a", "a2"), of("b", "empty", { rows: 0 }), of("b", "b2")],
    order: ["a1", "empty", "b2", "a2"],
  },
  {
    what: "first the callers that have been given less, even with later deadlines",
    calls: [of("a", "a1", { deadlineAt: 1 }), of("b", "b1", { deadlineAt: 9 }), of("b", "b2")],
    served: { a: 2 },
    order: ["b1", "b2", "a1"],
  },
  {
    what: "fractions of a unit as equal, so that deadlines decide",
    calls: [of("a", "a1", { deadlineAt: 1 }), of("b", "b1", { deadlineAt: 9 })],
    served: { a: 0.9 },
    order: ["a1", "b1"],
  },
];
for (const { what, calls, served = {}, order } of CASES) {
  test(`inOrder() returns ${what}`, () => {
    const { queue } = queueOf(...calls);
    for (const [caller, units] of Object.entries(served)) {
      // Its other calls wait meanwhile, so it does not catch up.
      const given = new Item(-2, { caller, rows: 1, weight: units });
      queue.add(given);
      take(queue, [given, 1]);
    }
    assert.deepEqual(namesOf(queue.first(1)[0]), order);
  });
}

test("inOrder() goes by what callers have been given under other keys, too", () => {
  const { queue, items } = queueOf(
    { caller: "a", key: "x", name: "a-x", rows: 5 },
    { caller: "a", key: "y", name: "a-y" },
    { caller: "b", key: "y", name: "b-y" },
  );
  const groupOf = (key: string) => queue.first(9).find((group) => group.key === key);
  assert.deepEqual(namesOf(groupOf("y")), ["a-y", "b-y"]);
  take(queue, [items[0] as Item, 5]);
  assert.deepEqual(namesOf(groupOf("y")), ["b-y", "a-y"]);
});

test("inOrder() gives each second place to a polite caller beside 1,000 calls of another", () => {
  const greedy = Array.from({ length: 1_000 }, (_, at) => of("greedy", `g${at}`));
  const polite = Array.from({ length: 5 }, (_, at) => of("polite", `p${at}`));
  const { queue } = queueOf(...greedy, ...polite);
  const names = namesOf(queue.first(1)[0]);
  assert.equal(names.length, 1_005);
  assert.deepEqual(
    names.flatMap((name, place) => (name.startsWith("p") ? [place] : [])),
    [1, 3, 5, 7, 9],
  );
});
