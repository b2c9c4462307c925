import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { V1FlowSchema } from "@dingi/api";
import { seededRandom } from "@dingi/base";
import { parseRequestInfo } from "../routing/request-info.ts";
import { allocateSeats } from "./allocate-seats.ts";
import { shareSeats } from "./borrowing.ts";
import { DEFAULT_LEVELS, DEFAULT_SCHEMAS } from "./default-objects.ts";
import { orderSchemas, planLevels } from "./levels.ts";
import { matchesSchema } from "./matches.ts";
import { RetryAfter } from "./retry-after.ts";
import { dealHand, hashFlow } from "./shuffle-shard.ts";
import { seatsOf } from "./work-estimate.ts";

const plans = planLevels(DEFAULT_LEVELS, 600);

test("600 seats are divided among upstream's levels as upstream does", () => {
  const numbers = [...plans].map(([name, { nominal, lower, upper, maxSeats }]) => [
    name,
    nominal,
    lower,
    upper,
    maxSeats,
  ]);
  // As kube-apiserver v1.37.1 tells in apiserver_flowcontrol_{nominal,lower,upper}_limit_seats.
  assert.deepEqual(numbers, [
    ["catch-all", 13, 13, 613, 0],
    ["exempt", 0, 0, 600, 0],
    ["global-default", 49, 24, 649, 8],
    ["leader-election", 25, 25, 625, 4],
    ["node-high", 98, 73, 698, 15],
    ["system", 74, 50, 674, 12],
    ["workload-high", 98, 49, 698, 15],
    ["workload-low", 245, 24, 845, 37],
  ]);
});

test("a level that contradicts itself is left out", () => {
  const [level] = DEFAULT_LEVELS;
  const spec = { ...level!.spec, type: "Exempt" };
  assert.equal(planLevels([{ ...level!, spec }], 600).size, 0);
});

describe("A request's flow schema", () => {
  const schemas = orderSchemas(DEFAULT_SCHEMAS, plans);
  const schemaOf = (text: string, name: string, groups: readonly string[] = []) => {
    const [method = "", path = ""] = text.split(" ");
    const user = { name, groups: [...groups, "system:authenticated"] };
    const info = parseRequestInfo(method, path, new URLSearchParams());
    return schemas.find((one) => matchesSchema(one, info, user))?.metadata.name;
  };
  const LEASE = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x";
  for (const [text, name, groups, wanted] of [
    ["GET /api/v1/pods", "admin", ["system:masters"], "exempt"],
    ["GET /healthz", "ada", [], "probes"],
    ["GET /healthz/etcd", "ada", [], "probes"],
    ["GET /healthzzz", "ada", [], "global-default"],
    [`PUT ${LEASE}`, "system:kube-scheduler", [], "system-leader-election"],
    [`PUT ${LEASE}`, "ada", [], "global-default"],
    ["GET /api/v1/pods", "system:kube-scheduler", [], "kube-scheduler"],
    ["GET /api/v1/pods", "system:kube-controller-manager", [], "kube-controller-manager"],
    ["PUT /api/v1/nodes/n/status", "system:node:n", ["system:nodes"], "system-node-high"],
    [
      "PUT /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n",
      "system:node:n",
      ["system:nodes"],
      "system-node-high",
    ],
    ["GET /api/v1/namespaces/d/pods/p", "system:node:n", ["system:nodes"], "system-nodes"],
    [
      "GET /api/v1/pods",
      "system:serviceaccount:kube-system:x",
      ["system:serviceaccounts"],
      "kube-system-service-accounts",
    ],
    ["GET /api/v1/pods", "system:serviceaccount:kube-systems:x", ["system:serviceaccounts"], "service-accounts"],
    ["GET /api/v1/pods", "ada", [], "global-default"],
  ] as const)
    test(`${text} of ${name} is ${wanted}`, () => assert.equal(schemaOf(text, name, groups), wanted));

  test("is the first by precedence, then by name, of those that lead somewhere", () => {
    const of = (name: string, matchingPrecedence: number, level = "system") =>
      ({
        metadata: { name },
        spec: { matchingPrecedence, priorityLevelConfiguration: { name: level } },
      }) as V1FlowSchema;
    const ordered = orderSchemas([of("b", 7), of("a", 7), of("z", 1), of("lost", 1, "none")], plans);
    assert.deepEqual(
      ordered.map(({ metadata }) => metadata.name),
      ["z", "a", "b"],
    );
  });
});

test("hands have different cards, each as likely as any other, and a flow has always the same", () => {
  const counts = Array.from({ length: 64 }, () => 0);
  for (let i = 0; i < 2000; i++) {
    const hand = dealHand(hashFlow("schema", `user-${i}`), 64, 6);
    assert.equal(new Set(hand).size, 6);
    for (const card of hand) counts[card]!++;
  }
  assert.ok(Math.min(...counts) > 130 && Math.max(...counts) < 245, counts.join());
  // Upstream's own: sha256 of "s", a zero and "u", the first eight bytes as a number, dealt to 6 of 64.
  assert.deepEqual(dealHand(0x123456789abcdefn, 64, 6), dealt(0x123456789abcdefn, 64, 6));
});

/** By taking cards out of a deck. */
function dealt(hash: bigint, deckSize: number, handSize: number): number[] {
  const deck = Array.from({ length: deckSize }, (_, i) => i);
  let rest = hash;
  return Array.from({ length: handSize }, () => {
    const left = BigInt(deck.length);
    const [card] = deck.splice(Number(rest % left), 1);
    rest /= left;
    return card!;
  });
}

describe("Seats that are shared", () => {
  test("are in proportion to what is wanted where no bound is in the way", () => {
    const claims = [10, 20, 30].map((target) => ({ lower: 0, upper: 1000, target }));
    const { seats, fairShare } = allocateSeats(120, claims)!;
    assert.deepEqual(
      seats.map((one) => Math.round(one * 1000) / 1000),
      [20, 40, 60],
    );
    assert.ok(Math.abs(fairShare - 2) < 1e-9);
  });

  test("keep to the bounds and are all that there is", () => {
    const random = seededRandom(7);
    for (let i = 0; i < 300; i++) {
      const claims = Array.from({ length: 1 + random.int(8) }, () => {
        const lower = random.int(50);
        return { lower, upper: lower + random.int(100), target: lower + random.int(80) };
      });
      const [low, high] = [sum(claims.map(({ lower }) => lower)), sum(claims.map(({ upper }) => upper))];
      const total = low + random.int(high - low + 1);
      const { seats, fairShare } = allocateSeats(total, claims)!;
      assert.ok(Math.abs(sum(seats) - total) < 1e-6, `${sum(seats)} of ${total}`);
      for (const [at, { lower, upper, target }] of claims.entries()) {
        const free = Math.max(target, 0.001) * fairShare;
        assert.ok(Math.abs(seats[at]! - Math.max(lower, Math.min(upper, free))) < 1e-9);
      }
    }
  });

  test("cannot be more or fewer than the bounds allow", () => {
    const claims = [{ lower: 5, upper: 10, target: 7 }];
    assert.deepEqual([allocateSeats(4, claims), allocateSeats(11, claims)], [undefined, undefined]);
  });

  const shared = (demands: Readonly<Record<string, number>>) => {
    const levels = new Map(
      [...plans].map(([name, plan]) => {
        const most = demands[name] ?? 0;
        return [name, { plan, demand: { highWatermark: most, average: most, deviation: 0, smoothed: most } }] as const;
      }),
    );
    return shareSeats(levels).seats;
  };

  test("go from levels that want nothing to those that want more than theirs", () => {
    const seats = shared({ "global-default": 400 });
    assert.ok(seats.get("global-default")! > 300, String(seats.get("global-default")));
    for (const [name, { lower }] of plans) assert.ok(seats.get(name)! >= lower, name);
    assert.equal(seats.get("leader-election"), 25);
  });

  test("that nobody wants are shared as upstream shares them", () => {
    const { exempt: _, ...limited } = Object.fromEntries(shared({ exempt: 1 }));
    // As kube-apiserver v1.37.1 tells in apiserver_flowcontrol_current_limit_seats when it has nothing to do.
    assert.deepEqual(limited, {
      "catch-all": 30,
      "global-default": 56,
      "leader-election": 58,
      "node-high": 170,
      system: 117,
      "workload-high": 114,
      "workload-low": 56,
    });
  });

  test("are what each has of its own when all want more", () => {
    const demands = Object.fromEntries([...plans.keys()].map((name) => [name, name === "exempt" ? 0 : 5000]));
    for (const [name, seats] of shared(demands)) assert.ok(Math.abs(seats - plans.get(name)!.nominal) <= 1, name);
  });

  test("of those who wait for nobody are taken from the others, down to what these lend to nobody", () => {
    const seats = shared({ exempt: 10_000, "workload-low": 500 });
    assert.equal(seats.get("exempt"), 10_000);
    for (const [name, { lower, isExempt }] of plans) if (!isExempt) assert.equal(seats.get(name), lower, name);
  });
});

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

describe("A request takes", () => {
  const seats = (text: string, { count, bytes }: { count: number; bytes: number }, maxSeats = 15) => {
    const [method = "", url = ""] = text.split(" ");
    const [path = "", query = ""] = url.split("?");
    const parameters = new URLSearchParams(query);
    return seatsOf(parseRequestInfo(method, path, parameters), parameters, {
      maxSeats,
      stats: () => ({ count, bytes }),
    });
  };
  const MANY = { count: 1000, bytes: 3_000_000 };
  for (const [text, stats, wanted] of [
    ["GET /api/v1/pods", MANY, 10],
    ["GET /api/v1/pods", { count: 100, bytes: 250_000 }, 3],
    ["GET /api/v1/pods?limit=50", MANY, 2],
    ["GET /api/v1/pods?fieldSelector=metadata.name%3Dx", MANY, 1],
    ["GET /api/v1/pods", { count: 0, bytes: 0 }, 1],
    ["GET /api/v1/pods?watch=1", MANY, 10],
    ["GET /api/v1/pods?watch=1&resourceVersion=7", MANY, 1],
    ["GET /api/v1/pods?watch=1&resourceVersion=7&sendInitialEvents=true", MANY, 10],
    ["GET /api/v1/namespaces/d/pods/p", MANY, 1],
    ["POST /api/v1/namespaces/d/pods", MANY, 1],
    ["GET /version", MANY, 1],
  ] as const)
    test(`${text} of ${stats.count}: ${wanted}`, () => assert.equal(seats(text, stats), wanted));

  test("no more than its level lets one have", () => assert.equal(seats("GET /api/v1/pods", MANY, 4), 4));
});

test("the more are sent away, the later they may come back; and sooner again when it is quiet", () => {
  const retry = new RetryAfter();
  const at = (second: number, count: number) => {
    for (let i = 0; i < count; i++) retry.note(second * 1000 + i);
    return retry.seconds;
  };
  assert.equal(at(1, 2), 1);
  assert.deepEqual(
    [2, 3, 4, 5, 6, 7, 8].map((second) => at(second, 20)),
    [1, 2, 2, 4, 4, 4, 4],
  );
  // Two a second are not three: no later than now.
  for (let second = 9; second < 60; second++) at(second, 2);
  const before = retry.seconds;
  for (let second = 60; second < 100; second++) assert.equal(at(second, 2), before);
  for (let second = 100; second < 400; second++) at(second, 20);
  assert.equal(retry.seconds, 32);
  for (let second = 1000; second < 4000; second += 50) at(second, 1);
  assert.equal(retry.seconds, 1);
});
