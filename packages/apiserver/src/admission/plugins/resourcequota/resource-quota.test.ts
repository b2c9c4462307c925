import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ConfigMap,
  evaluatorOf,
  Pod,
  ResourceQuota,
  type UsageSurroundings,
  type V1Pod,
  type V1ResourceQuota,
} from "@dingi/api";
import { FakeClock } from "@dingi/base";
import type { Client } from "@dingi/client";
import { openMemoryStore } from "@dingi/store";
import { startTestServer, type TestServer } from "../../../testing/test-server.ts";
import { checkRequest } from "./check-request.ts";
import type { LimitedResource } from "./limited-resource.ts";
import { QuotaQueue } from "./quota-queue.ts";

const namespace = "default";
const KEY = { namespace, name: "q" };

async function limit({ admin }: TestServer, hard: Readonly<Record<string, string>>, used = "0"): Promise<void> {
  const quota = await admin.create(ResourceQuota, { metadata: KEY, spec: { hard }, status: {} });
  const status = { hard, used: Object.fromEntries(Object.keys(hard).map((name) => [name, used])) };
  await admin.update(ResourceQuota, { ...quota, status }, { subresource: "status" });
}

const make = async (client: Client, name: string) => await client.create(ConfigMap, { metadata: { namespace, name } });
const madeOf = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.filter(({ status }) => status === "fulfilled").length;
const usedOf = async ({ admin }: TestServer) => (await admin.get(ResourceQuota, KEY)).status.used;

test("two servers over one store together let in what there is, and no more", async () => {
  const clock = new FakeClock();
  await using store = openMemoryStore({ clock });
  await using first = await startTestServer({ shared: { clock, store } });
  await using second = await startTestServer({ shared: { clock, store }, address: "192.0.2.2", seed: 2 });
  await limit(first, { configmaps: "7" });
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => make(i % 2 === 0 ? first.admin : second.admin, `c${i}`)),
  );
  assert.equal(madeOf(results), 7);
  assert.deepEqual(await usedOf(second), { configmaps: "7" });
  const reasons = results.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []));
  for (const reason of reasons)
    assert.match(reason, /exceeded quota: q, requested: configmaps=1, used: configmaps=7, /);
});

test("what arrives together is charged by few writes", async () => {
  await using api = await startTestServer();
  await limit(api, { configmaps: "100" });
  const revision = async () => Number((await api.admin.get(ResourceQuota, KEY)).metadata.resourceVersion);
  const before = await revision();
  await Promise.all(Array.from({ length: 40 }, (_, i) => make(api.admin, `c${i}`)));
  assert.deepEqual(await usedOf(api), { configmaps: "40" });
  // The quota's revision lies among those of what was written: had each been charged alone, it would be the 79th or so.
  assert.ok((await revision()) - before <= 60);
});

test("who is refused by one quota is charged by no other", async () => {
  await using api = await startTestServer();
  await limit(api, { configmaps: "5" });
  const { metadata, ...rest } = await api.admin.get(ResourceQuota, KEY);
  const other = { ...rest, metadata: { namespace, name: "z" }, spec: { hard: { "count/configmaps": "0" } } };
  const made = await api.admin.create(ResourceQuota, other);
  const status = { hard: { "count/configmaps": "0" }, used: { "count/configmaps": "0" } };
  await api.admin.update(ResourceQuota, { ...made, status }, { subresource: "status" });
  await assert.rejects(make(api.admin, "a"), /exceeded quota: z/);
  assert.deepEqual(await usedOf(api), { configmaps: "0" });
  assert.equal(metadata.name, "q");
});

const NOBODY: UsageSurroundings = {
  nowMs: 0,
  extendedResourceOf: () => undefined,
  isOfDeviceClass: () => false,
  pod: () => undefined,
  claims: () => [],
};
const quotaOf = (hard: Readonly<Record<string, string>>, scopes: readonly string[] = []): V1ResourceQuota => ({
  metadata: KEY,
  spec: { hard, ...(scopes.length > 0 ? { scopes } : {}) },
  status: { hard, used: Object.fromEntries(Object.keys(hard).map((name) => [name, "0"])) },
});
const podOf = (spec: object): V1Pod =>
  ({ metadata: { namespace, name: "p" }, spec: { containers: [], ...spec }, status: {} }) as never;

interface CheckOptions {
  readonly limited?: readonly LimitedResource[];
  readonly oldObject?: V1Pod;
}

function check(quotas: readonly V1ResourceQuota[], pod: V1Pod, { limited = [], oldObject }: CheckOptions = {}) {
  const charge = {
    write: { operation: oldObject ? "UPDATE" : "CREATE", subresource: "", object: pod, oldObject },
    evaluator: evaluatorOf({ group: Pod.group, resource: Pod.plural })!,
    surroundings: NOBODY,
    limited,
    refuse: (why: string) => new Error(why),
  } as const;
  return checkRequest(
    quotas.map((quota) => ({ quota, used: quota.status.used ?? {} })),
    charge,
  ).map(({ used }) => used);
}

describe("What may not be had without a quota", () => {
  const container = { name: "c", resources: { requests: { cpu: "1" } } };
  const cpu = [{ resource: "pods", matchContains: ["cpu"] }];
  const high = [{ resource: "pods", matchScopes: [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }] }];

  test("is refused where none covers it", () => {
    assert.throws(() => check([], podOf({ containers: [container] }), { limited: cpu }), {
      message: "insufficient quota to consume: cpu,requests.cpu",
    });
    assert.throws(() => check([quotaOf({ cpu: "3" })], podOf({ containers: [container] }), { limited: cpu }), {
      message: "insufficient quota to consume: requests.cpu",
    });
    assert.throws(() => check([quotaOf({ pods: "3" })], podOf({ priorityClassName: "high" }), { limited: high }), {
      message: "insufficient quota to match these scopes: [{PriorityClass In [high]}]",
    });
  });

  test("is had where one does, and what is not named is had in any case", () => {
    const covered = check([quotaOf({ cpu: "3", "requests.cpu": "3" })], podOf({ containers: [container] }), {
      limited: cpu,
    });
    assert.deepEqual(covered, [{ cpu: "1", "requests.cpu": "1" }]);
    assert.deepEqual(check([], podOf({}), { limited: cpu }), []);
    assert.deepEqual(check([], podOf({ priorityClassName: "low" }), { limited: high }), []);
    const ofClass = quotaOf({ pods: "3" }, ["PriorityClass"]);
    assert.deepEqual(check([ofClass], podOf({ priorityClassName: "high" }), { limited: high }), [{ pods: "1" }]);
  });
});

test("a pod that comes into a scope is charged for all that it takes", () => {
  const container = { name: "c", resources: { requests: { cpu: "1" } } };
  const before = podOf({ containers: [container] });
  const after = podOf({ containers: [container], activeDeadlineSeconds: 5 });
  const quotas = [quotaOf({ cpu: "3" }, ["Terminating"]), quotaOf({ cpu: "3" })];
  assert.deepEqual(check(quotas, after, { oldObject: before }), [{ cpu: "1" }, { cpu: "0" }]);
});

test("a negative request takes nothing from a quota", () => {
  const pod = podOf({ containers: [{ name: "c", resources: { requests: { cpu: "-1" } } }] });
  assert.throws(() => check([quotaOf({ cpu: "3" })], pod), {
    message: "quota usage is negative for resource(s): cpu,requests.cpu",
  });
});

describe("A charge", () => {
  const charge = (refuse = (why: string) => new Error(why)) => ({
    write: { operation: "CREATE", subresource: "", object: podOf({}) } as const,
    evaluator: evaluatorOf({ group: Pod.group, resource: Pod.plural })!,
    surroundings: NOBODY,
    limited: [],
    refuse,
  });

  /** A queue whose writes end as told, of which each is counted. */
  function queueOver(end: (attempt: number) => Promise<void>, quotas = () => [quotaOf({ pods: "3" })]) {
    const clock = new FakeClock();
    let writes = 0;
    const client = { update: () => end(++writes) } as unknown as Client;
    return { clock, queue: new QuotaQueue({ clock, client: () => client, quotas }), writes: () => writes };
  }

  test("is tried again when somebody else was first, three times", async () => {
    const lost = (until: number) => async (attempt: number) => {
      if (attempt <= until) throw new Error("the object has been modified");
    };
    const [wins, loses] = [queueOver(lost(3)), queueOver(lost(4))];
    await wins.queue.charge(namespace, charge(), false);
    assert.equal(wins.writes(), 4);
    await assert.rejects(loses.queue.charge(namespace, charge(), false), /has been modified/);
  });

  test("to a quota that goes away meanwhile is none", async () => {
    let left = [quotaOf({ pods: "3" })];
    const { queue, writes } = queueOver(
      async () => {
        left = [];
        throw new Error("not found");
      },
      () => left,
    );
    await queue.charge(namespace, charge(), false);
    assert.equal(writes(), 1);
  });

  test("is made once to each quota, though another of them is tried again", async () => {
    const quotas = ["q", "z"].map((name) => ({ ...quotaOf({ pods: "3" }), metadata: { namespace, name } }));
    const written: string[] = [];
    const update = async (_kind: unknown, { metadata, status }: V1ResourceQuota) => {
      written.push(metadata.name!);
      if (written.length === 2) throw new Error("the object has been modified");
      quotas.find((one) => one.metadata.name === metadata.name)!.status = status;
    };
    const client = { update } as unknown as Client;
    const queue = new QuotaQueue({ clock: new FakeClock(), client: () => client, quotas: () => quotas });
    await queue.charge(namespace, charge(), false);
    assert.deepEqual(written, ["q", "z", "z"]);
    assert.deepEqual(
      quotas.map(({ status }) => status.used),
      [{ pods: "1" }, { pods: "1" }],
    );
  });

  test("of a dry run is not written", async () => {
    const { queue, writes } = queueOver(async () => {});
    await queue.charge(namespace, charge(), true);
    assert.equal(writes(), 0);
  });

  test("that takes too long is given up", async () => {
    const { queue, clock } = queueOver(() => new Promise(() => {}));
    const charged = assert.rejects(queue.charge(namespace, charge(), false), /resource quota evaluation timed out/);
    await clock.advance(10_001);
    await charged;
  });

  test("is made for all that wait, however many there are", async () => {
    let used = 0;
    const { queue, writes } = queueOver(
      async () => void (used = 200),
      () => [{ ...quotaOf({ pods: "500" }), status: { hard: { pods: "500" }, used: { pods: String(used) } } }],
    );
    await Promise.all(Array.from({ length: 200 }, () => queue.charge(namespace, charge(), false)));
    assert.ok(writes() >= 4 && writes() <= 5, String(writes()));
  });

  test("of one namespace does not wait for another's", async () => {
    const never = queueOver((attempt) => (attempt === 1 ? new Promise(() => {}) : Promise.resolve()));
    never.queue.charge("slow", charge(), false).catch(() => {});
    await never.queue.charge(namespace, charge(), false);
  });
});
