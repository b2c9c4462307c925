import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ConfigMap,
  FlowSchema,
  Lease,
  Namespace,
  Node,
  PriorityLevelConfiguration,
  type V1FlowSchema,
  type V1PriorityLevelConfiguration,
} from "@dingi/api";
import { FakeClock, settle } from "@dingi/base";
import { openMemoryStore, type Store } from "@dingi/store";
import { startTestServer, type RawResponse, type TestServer } from "../testing/test-server.ts";
import { DEFAULT_LEVELS, DEFAULT_SCHEMAS } from "./default-objects.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const WORKLOAD = {
  name: "system:serviceaccount:default:robot",
  groups: ["system:serviceaccounts", "system:authenticated", "system:masters-not"],
};
const GROUP = "/apis/rbac.authorization.k8s.io/v1";

/** A server whose writes of ConfigMaps take until they are let go. */
class BusyServer implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly api: TestServer;
  readonly #release = Promise.withResolvers<void>();
  readonly #store: Store;

  private constructor(own: { clock: FakeClock; api: TestServer; store: Store; release: PromiseWithResolvers<void> }) {
    this.clock = own.clock;
    this.api = own.api;
    this.#store = own.store;
    this.#release = own.release;
  }

  static async start(seats: number): Promise<BusyServer> {
    const clock = new FakeClock();
    const store = openMemoryStore({ clock });
    const release = Promise.withResolvers<void>();
    const slow = new Proxy(store, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (name !== "commit") return typeof value === "function" ? value.bind(target) : value;
        return async (key: string, change: never) => {
          if (key.includes("/configmaps/default/")) await release.promise;
          return await target.commit(key, change);
        };
      },
    });
    const limits = { maxInFlight: { reading: seats / 2, mutating: seats / 2 }, priorityAndFairness: true };
    const api = await startTestServer({ ...limits, shared: { clock, store: slow } });
    await ready(api);
    return new BusyServer({ clock, api, store, release });
  }

  /** What has been answered of it, and who is answered at last. */
  flood(count: number, user = WORKLOAD): { readonly answers: RawResponse[]; readonly all: Promise<unknown> } {
    const answers: RawResponse[] = [];
    const one = async (i: number) => {
      const body = { metadata: { name: `${user.name.replaceAll(":", "-")}-${i}` } };
      answers.push(await this.api.send({ method: "POST", url: MAPS, body, user }));
    };
    return { answers, all: Promise.all(Array.from({ length: count }, (_, i) => one(i))) };
  }

  release(): void {
    this.#release.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
    await settle();
    await this.api[Symbol.asyncDispose]();
    await this.#store[Symbol.asyncDispose]();
  }
}

/** Until its default objects are there. */
async function ready({ admin }: TestServer): Promise<void> {
  for (let turn = 0; turn < 200; turn++) {
    await settle();
    const { items } = await admin.list(FlowSchema);
    if (items.length === DEFAULT_SCHEMAS.length && items.every(({ status }) => status?.conditions)) return;
  }
  throw new Error("The flow schemas were not made");
}

async function grant({ send }: TestServer, user: string, rule: object): Promise<void> {
  const metadata = { name: user.replaceAll(":", "-") };
  const role = { metadata, rules: [rule] };
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: metadata.name };
  const subjects = [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: user }];
  await send({ method: "POST", url: `${GROUP}/clusterroles`, body: role });
  await send({ method: "POST", url: `${GROUP}/clusterrolebindings`, body: { metadata, roleRef, subjects } });
}

const MAY_WRITE_MAPS = { apiGroups: [""], resources: ["configmaps"], verbs: ["*"] };

test("no flood starves leader election, node heartbeats and administrators", async () => {
  await using busy = await BusyServer.start(60);
  const { api } = busy;
  await grant(api, WORKLOAD.name, MAY_WRITE_MAPS);
  for (const name of ["kube-node-lease"])
    await api.admin.create(Namespace, { metadata: { name } } as never).catch(() => {});
  const leases = "/apis/coordination.k8s.io/v1/namespaces";
  const lease = (name: string) => ({ metadata: { name }, spec: { holderIdentity: "x" } });
  await api.admin.create(Node, { metadata: { name: "n1" } } as never);
  const { answers, all } = busy.flood(3000);
  await settle();
  await settle();
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length > 2000, String(refused.length));
  assert.ok(Number(refused[0]!.headers["retry-after"]) >= 1);
  assert.equal(refused[0]!.text, "Too many requests, please try again later.\n");
  const scheduler = { name: "system:kube-scheduler", groups: ["system:authenticated"] };
  const node = { name: "system:node:n1", groups: ["system:nodes", "system:authenticated"] };
  const heartbeat = { method: "PATCH", url: "/api/v1/nodes/n1/status", body: { status: {} } };
  const headers = { "content-type": "application/merge-patch+json" };
  for (let beat = 0; beat < 50; beat++) {
    const answered = await Promise.all([
      api.send({ method: "POST", url: `${leases}/kube-system/leases`, body: lease(`s${beat}`), user: scheduler }),
      api.send({ ...heartbeat, headers, user: node }),
      beat === 0 &&
        api.send({ method: "POST", url: `${leases}/kube-node-lease/leases`, body: lease("n1"), user: node }),
      api.send({ url: MAPS }),
    ]);
    for (const answer of answered) if (answer) assert.ok(answer.status < 300, `${answer.status} ${answer.text}`);
  }
  busy.release();
  await all;
  const made = answers.filter(({ status }) => status === 201).length;
  assert.equal(made + answers.filter(({ status }) => status === 429).length, 3000);
  assert.ok(made > 100);
});

test("it is shown how many requests are answered and wait, and how long they have waited", async () => {
  await using busy = await BusyServer.start(60);
  const { api, clock } = busy;
  await grant(api, WORKLOAD.name, MAY_WRITE_MAPS);
  const metric = async (name: string) => {
    const { text } = await api.send({ url: "/metrics" });
    const line = text
      .split("\n")
      .find((one) => one.startsWith(`apiserver_flowcontrol_${name}{`) && one.includes('"service-accounts"'));
    return Number(line?.split(" ").at(-1));
  };
  const { all } = busy.flood(40);
  await settle();
  await settle();
  const executing = await metric("current_executing_requests");
  const waiting = await metric("current_inqueue_requests");
  assert.ok(executing > 0 && waiting > 0, `${executing} and ${waiting}`);
  assert.equal(executing + waiting, 40);
  assert.equal(await metric("current_executing_seats"), executing);
  assert.equal(await metric("current_inqueue_seats"), waiting);
  await clock.advance(2000);
  busy.release();
  await all;
  for (const name of [
    "current_executing_requests",
    "current_executing_seats",
    "current_inqueue_requests",
    "current_inqueue_seats",
  ])
    assert.equal(await metric(name), 0, name);
  assert.equal(await metric("dispatched_requests_total"), 40);
  assert.equal(await metric("request_wait_duration_seconds_count"), waiting);
  assert.equal(await metric("request_wait_duration_seconds_sum"), 2 * waiting);
  assert.equal(await metric("request_execution_seconds_count"), 40);
  assert.equal(await metric("request_execution_seconds_sum"), 2 * executing);
});

test("a flood of one account is in few others' way", async () => {
  await using busy = await BusyServer.start(60);
  const other = { ...WORKLOAD, name: "system:serviceaccount:default:other" };
  for (const { name } of [WORKLOAD, other]) await grant(busy.api, name, MAY_WRITE_MAPS);
  const flood = busy.flood(3000);
  await settle();
  const few = busy.flood(5, other);
  await settle();
  assert.deepEqual(few.answers, [], "they wait, and are not sent away");
  busy.release();
  await few.all;
  assert.deepEqual(
    few.answers.map(({ status }) => status),
    [201, 201, 201, 201, 201],
  );
  await flood.all;
});

test("who waits for a quarter of his time is sent away", async () => {
  await using busy = await BusyServer.start(60);
  await grant(busy.api, WORKLOAD.name, MAY_WRITE_MAPS);
  const { answers } = busy.flood(150);
  await settle();
  assert.equal(answers.length, 0);
  await busy.clock.advance(14_999);
  assert.equal(answers.length, 0);
  await busy.clock.advance(1);
  await settle();
  assert.ok(answers.length > 100);
  assert.ok(answers.every(({ status }) => status === 429));
});

test("clients in the server's process wait as others do", async () => {
  await using busy = await BusyServer.start(60);
  const robot = busy.api.server.client(WORKLOAD, "robot");
  await grant(busy.api, WORKLOAD.name, MAY_WRITE_MAPS);
  const make = (i: number) => robot.create(ConfigMap, { metadata: { namespace: "default", name: `c${i}` } });
  const results = Array.from({ length: 1000 }, (_, i) =>
    make(i).then(
      () => 201,
      ({ code }: { code: number }) => code,
    ),
  );
  await settle();
  busy.release();
  const codes = await Promise.all(results);
  assert.ok(codes.includes(429) && codes.includes(201), String(new Set(codes)));
});

describe("A server with priority and fairness", () => {
  const start = async () => {
    const api = await startTestServer({ maxInFlight: { reading: 400, mutating: 200 }, priorityAndFairness: true });
    await ready(api);
    return api;
  };

  test("says by which schema and level a request came, whatever became of it", async () => {
    await using api = await start();
    const schema = await api.admin.get(FlowSchema, { namespace: "", name: "global-default" });
    const level = await api.admin.get(PriorityLevelConfiguration, { namespace: "", name: "global-default" });
    const user = { name: "ada", groups: ["system:authenticated"] };
    for (const [url, status] of [
      ["/version", 200],
      ["/api/v1/pods", 403],
    ] as const) {
      const answer = await api.send({ url, user });
      assert.equal(answer.status, status);
      assert.equal(answer.headers["x-kubernetes-pf-flowschema-uid"], schema.metadata.uid);
      assert.equal(answer.headers["x-kubernetes-pf-prioritylevel-uid"], level.metadata.uid);
    }
  });

  test("has upstream's objects, and says of schemas whether they lead anywhere", async () => {
    await using api = await start();
    const { items } = await api.admin.list(PriorityLevelConfiguration);
    assert.deepEqual(
      items.map(({ metadata, spec }) => [metadata.name, spec.type, metadata.annotations]),
      DEFAULT_LEVELS.map(({ metadata, spec }) => [metadata.name, spec.type, metadata.annotations]),
    );
    const lost: V1FlowSchema = {
      metadata: { name: "lost" },
      spec: { matchingPrecedence: 7, priorityLevelConfiguration: { name: "later" } },
      status: {},
    };
    const conditions = async (name: string) => {
      for (let turn = 0; turn < 20; turn++) await settle();
      const { status } = await api.admin.get(FlowSchema, { namespace: "", name });
      return status.conditions?.map(({ lastTransitionTime: _, ...rest }) => rest);
    };
    await api.admin.create(FlowSchema, lost);
    const subject = 'This FlowSchema references the PriorityLevelConfiguration object named "later"';
    const condition = { type: "Dangling", status: "True", reason: "NotFound" };
    assert.deepEqual(await conditions("lost"), [{ ...condition, message: `${subject} but there is no such object` }]);
    await api.admin.create(PriorityLevelConfiguration, levelOf("later"));
    const found = { type: "Dangling", status: "False", reason: "Found", message: `${subject} and it exists` };
    assert.deepEqual(await conditions("lost"), [found]);
  });

  test("keeps its own objects as they should be, but for what somebody made his own", async () => {
    await using api = await start();
    const { admin } = api;
    const key = { namespace: "", name: "workload-low" };
    const sharesOf = async (name: string) => {
      for (let turn = 0; turn < 20; turn++) await settle();
      const { spec, metadata } = await admin.get(PriorityLevelConfiguration, { namespace: "", name });
      return [spec.limited?.nominalConcurrencyShares, metadata.annotations?.["apf.kubernetes.io/autoupdate-spec"]];
    };
    const patch = async (name: string, body: object) =>
      await admin.patch(PriorityLevelConfiguration, { namespace: "", name }, body, { type: "merge" });
    await patch("workload-low", { spec: { limited: { nominalConcurrencyShares: 7 } } });
    assert.deepEqual(await sharesOf("workload-low"), [100, "true"]);
    const annotations = { "apf.kubernetes.io/autoupdate-spec": "false" };
    await patch("workload-low", { metadata: { annotations }, spec: { limited: { nominalConcurrencyShares: 7 } } });
    assert.deepEqual(await sharesOf("workload-low"), [7, "false"]);
    await patch("catch-all", { metadata: { annotations } });
    assert.deepEqual(await sharesOf("catch-all"), [5, "true"], "without these no request has a place");
    await admin.delete(PriorityLevelConfiguration, key);
    assert.deepEqual(await sharesOf("workload-low"), [100, "true"]);
    const old = {
      ...levelOf("of-an-older-version"),
      metadata: { name: "old", annotations: { "apf.kubernetes.io/autoupdate-spec": "true" } },
    };
    await admin.create(PriorityLevelConfiguration, old);
    await assert.rejects(sharesOf("old"), { code: 404 });
  });

  test("is as its objects are, from one request to the next", async () => {
    await using api = await start();
    const { admin } = api;
    await admin.create(PriorityLevelConfiguration, levelOf("slow"));
    const subjects = [{ kind: "User", user: { name: "ada" } }];
    const nonResourceRules = [{ verbs: ["*"], nonResourceURLs: ["*"] }];
    const ada = {
      metadata: { name: "ada" },
      spec: {
        matchingPrecedence: 3,
        priorityLevelConfiguration: { name: "slow" },
        rules: [{ subjects, nonResourceRules }],
      },
      status: {},
    } as never;
    const made = await admin.create(FlowSchema, ada);
    const uid = async () =>
      (await api.send({ url: "/version", user: { name: "ada", groups: ["system:authenticated"] } })).headers[
        "x-kubernetes-pf-flowschema-uid"
      ];
    assert.equal(await uid(), made.metadata.uid);
    const metrics = async () => (await api.send({ url: "/metrics" })).text;
    assert.match(await metrics(), /apiserver_flowcontrol_dispatched_requests_total\{.*flow_schema="ada"\}/);
    await admin.delete(FlowSchema, { namespace: "", name: "ada" });
    assert.notEqual(await uid(), made.metadata.uid);
    assert.doesNotMatch(await metrics(), /apiserver_flowcontrol_dispatched_requests_total\{.*flow_schema="ada"\}/);
    await admin.create(FlowSchema, ada);
    await uid();
    const series = (await metrics()).match(/^apiserver_flowcontrol_request_execution_seconds_count\{.*"ada"\}/gm);
    assert.equal(series?.length, 1, "one that comes back goes on in its own");
  });

  test("shows to people and machines what goes on", async () => {
    await using api = await start();
    await api.admin.create(Lease, { metadata: { namespace: "default", name: "l" }, spec: {} } as never);
    const levels = (await api.send({ url: "/debug/api_priority_and_fairness/dump_priority_levels" })).text.split("\n");
    // As kube-apiserver v1.37.1 prints it.
    assert.equal(
      levels[0],
      "PriorityLevelName, ActiveQueues, IsIdle, IsQuiescing, WaitingRequests, ExecutingRequests, DispatchedRequests, RejectedRequests, TimedoutRequests, CancelledRequests",
    );
    assert.equal(
      levels[1],
      "catch-all,         0,            true,   false,       0,               0,                 0,                  0,                0,                0",
    );
    assert.match(levels[2]!, /^exempt, {12}0, {12}false,  false, {7}0, {15}1, {17}\d+, +0, {16}0, {16}0$/);
    const { text } = await api.send({ url: "/debug/api_priority_and_fairness/dump_requests?includeRequestDetails=1" });
    const [head, ...rows] = text.trimEnd().split("\n");
    assert.match(
      head!,
      /^PriorityLevelName, FlowSchemaName, QueueIndex, RequestIndexInQueue, .* Resource, SubResource$/,
    );
    assert.match(
      rows.at(-1)!,
      /^exempt, +exempt, +-1, +-1, .*admin, +get, +\/debug\/api_priority_and_fairness\/dump_req/,
    );
    const queues = (await api.send({ url: "/debug/api_priority_and_fairness/dump_queues" })).text;
    assert.match(queues, /^PriorityLevelName, Index, /);
    const metrics = (await api.send({ url: "/metrics" })).text;
    assert.match(metrics, /^apiserver_flowcontrol_nominal_limit_seats\{priority_level="workload-low"\} 245$/m);
    const flow = 'priority_level="exempt",flow_schema="exempt"';
    assert.match(metrics, new RegExp(`^apiserver_flowcontrol_dispatched_requests_total\\{${flow}\\} [1-9]`, "m"));
    assert.match(metrics, new RegExp(`^apiserver_flowcontrol_request_execution_seconds_count\\{${flow}\\} [1-9]`, "m"));
    const { paths } = JSON.parse((await api.send({ url: "/" })).text) as { paths: string[] };
    assert.ok(!paths.some((path) => path.includes("fairness")), "upstream does not list them");
  });
});

function levelOf(name: string): V1PriorityLevelConfiguration {
  const limited = { nominalConcurrencyShares: 1, limitResponse: { type: "Reject" } };
  return { metadata: { name }, spec: { type: "Limited", limited }, status: {} };
}
