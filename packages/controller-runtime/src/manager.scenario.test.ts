import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ConfigMap, Secret, type V1ConfigMap, type V1Secret } from "@dingi/api";
import { keyString, newConflict, type ObjectKey, type V1OwnerReference } from "@dingi/apimachinery";
import { createLogger, seededRandom } from "@dingi/base";
import { TestCluster } from "@dingi/testing";
import {
  DONE,
  indexesOf,
  TerminalError,
  watchOf,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "./define-controller.ts";
import { runManager } from "./manager.ts";

const namespace = "default";
const keyOf = (name: string): ObjectKey => ({ namespace, name });

interface Room extends AsyncDisposable {
  readonly cluster: TestCluster;
  /** The keys of all rounds so far. */
  readonly rounds: string[];
  /** "level message key" of what was logged. */
  readonly log: string[];
}

/** One controller over a real API server. */
async function start(
  definition: Omit<ControllerDefinition, "name" | "serviceAccount" | "reconcile"> & { serviceAccount?: string },
  act: (key: ObjectKey, context: ReconcileContext, round: number) => Promise<Result> | Result = () => DONE,
): Promise<Room> {
  const cluster = await TestCluster.start({ parts: [] });
  const rounds: string[] = [];
  const log: string[] = [];
  const write = (line: string) => {
    const { level, msg, key } = JSON.parse(line) as Record<string, string>;
    if (key !== undefined) log.push(`${level} ${msg} ${key}`);
  };
  const stop = new AbortController();
  const { admin, clock } = cluster;
  const controller: ControllerDefinition = {
    serviceAccount: undefined,
    ...definition,
    name: "test",
    reconcile: async (key, context) => {
      // What the API server has made for itself.
      if (key.namespace === "kube-system") return DONE;
      rounds.push(keyString(key));
      return await act(key, context, rounds.length);
    },
  };
  const running = runManager(
    {
      client: admin,
      clientFor: (name) => cluster.as({ name: `system:serviceaccount:kube-system:${name}`, groups: [] }),
      clock,
      random: seededRandom(1),
      logger: createLogger({ clock, component: "test", level: "debug", write }),
      controllers: [controller],
    },
    stop.signal,
  );
  await cluster.pass(500);
  return {
    cluster,
    rounds,
    log,
    async [Symbol.asyncDispose]() {
      stop.abort(new Error("The test is over"));
      await cluster.pass(500);
      await running;
      await cluster[Symbol.asyncDispose]();
    },
  };
}

const FOR_MAPS = { for: ConfigMap as never };

async function addMap({ cluster }: Room, name: string): Promise<V1ConfigMap> {
  return await cluster.admin.create(ConfigMap, { metadata: keyOf(name) });
}

const ownerOf = ({ metadata }: V1ConfigMap, more: Partial<V1OwnerReference> = {}): V1OwnerReference => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  name: metadata.name!,
  uid: metadata.uid!,
  controller: true,
  ...more,
});

suite("what leads to a round", () => {
  test("each event of the controller's own kind, and keys that are worked on at the start", async () => {
    await using room = await start({ ...FOR_MAPS, initialKeys: ["first"] });
    assert.deepEqual(room.rounds, ["first"]);
    const map = await addMap(room, "a");
    await room.cluster.pass(250);
    await room.cluster.admin.update(ConfigMap, { ...map, data: { a: "1" } });
    await room.cluster.pass(250);
    await room.cluster.admin.delete(ConfigMap, keyOf("a"));
    await room.cluster.pass(250);
    assert.deepEqual(room.rounds, ["first", "default/a", "default/a", "default/a"]);
  });

  test("events of what it owns, for the owner of before and of now", async () => {
    await using room = await start({ ...FOR_MAPS, owns: [Secret as never] });
    const [a, b] = [await addMap(room, "a"), await addMap(room, "b")];
    await room.cluster.pass(250);
    room.rounds.length = 0;
    const { admin } = room.cluster;
    const add = (name: string, owners: V1OwnerReference[]): Promise<V1Secret> =>
      admin.create(Secret, { metadata: { ...keyOf(name), ownerReferences: owners } });
    const secret = await add("s", [ownerOf(a)]);
    await room.cluster.pass(250);
    assert.deepEqual(room.rounds, ["default/a"]);
    await admin.update(Secret, { ...secret, metadata: { ...secret.metadata, ownerReferences: [ownerOf(b)] } });
    await room.cluster.pass(250);
    assert.deepEqual(room.rounds, ["default/a", "default/a", "default/b"]);
    await add("of-none", []);
    await add("not-controlled", [ownerOf(a, { controller: false })]);
    await add("other-kind", [ownerOf(a, { kind: "Boat" })]);
    await add("other-version", [ownerOf(a, { apiVersion: "example.org/v1" })]);
    await room.cluster.pass(250);
    assert.equal(room.rounds.length, 3);
  });

  test("events of what it watches, which are told with what was there before", async () => {
    const seen: string[] = [];
    const watch = watchOf(Secret, ({ metadata }, _context, previous) => {
      seen.push(`${previous?.metadata.labels?.["n"]} → ${metadata.labels?.["n"]}`);
      return ["plain", keyOf("made-of-parts")];
    });
    await using room = await start({ watches: [watch] });
    const { admin } = room.cluster;
    const secret = await admin.create(Secret, { metadata: { ...keyOf("s"), labels: { n: "1" } } });
    await room.cluster.pass(250);
    await admin.update(Secret, { ...secret, metadata: { ...secret.metadata, labels: { n: "2" } } });
    await room.cluster.pass(250);
    assert.deepEqual(seen.slice(-2), ["undefined → 1", "1 → 2"]);
    assert.deepEqual(room.rounds.slice(0, 2), ["plain", "default/made-of-parts"]);
  });
});

suite("what a round sees", () => {
  test("the objects it watches, one by one, listed, and by its indexes", async () => {
    const indexes = indexesOf(ConfigMap, { first: ({ data }) => Object.keys(data ?? {}).slice(0, 1) });
    let seen: unknown;
    await using room = await start({ ...FOR_MAPS, indexes }, (_key, { cache }) => {
      const names = (maps: Iterable<V1ConfigMap>) => [...maps].map(({ metadata }) => metadata.name).sort();
      const mine = ({ metadata }: V1ConfigMap) => metadata.namespace === namespace;
      seen = {
        one: cache.get(ConfigMap, keyOf("a"))?.metadata.name,
        none: cache.get(ConfigMap, keyOf("c")),
        all: names(cache.list(ConfigMap).filter(mine)),
        elsewhere: names(cache.list(ConfigMap, "nowhere")),
        indexed: names(cache.by(ConfigMap, "first", "x")),
        counted: cache.indexed(ConfigMap).count("first", "x"),
      };
      return DONE;
    });
    await room.cluster.admin.create(ConfigMap, { metadata: keyOf("a"), data: { x: "1", y: "2" } });
    await room.cluster.admin.create(ConfigMap, { metadata: keyOf("b"), data: { y: "2" } });
    await room.cluster.pass(250);
    const [indexed, counted] = [["a"], 1];
    assert.deepEqual(seen, { one: "a", none: undefined, all: ["a", "b"], elsewhere: [], indexed, counted });
  });

  test("a client of its own service account, or of the manager", async () => {
    const tried = async (serviceAccount?: string): Promise<string[]> => {
      const outcome: string[] = [];
      const own = serviceAccount === undefined ? {} : { serviceAccount };
      const room = await start({ ...FOR_MAPS, ...own, initialKeys: ["k"] }, async (_key, { client }) => {
        await client.list(Secret).then(
          () => outcome.push("may"),
          () => outcome.push("may not"),
        );
        return DONE;
      });
      await room[Symbol.asyncDispose]();
      return outcome;
    };
    assert.deepEqual(await tried("nobody"), ["may not"]);
    assert.deepEqual(await tried(), ["may"]);
  });
});

suite("what follows a round", () => {
  test("another one, after the time that it has asked for", async () => {
    await using room = await start({ ...FOR_MAPS, initialKeys: ["k"] }, (_key, _context, round) =>
      round === 1 ? { requeueAfterMs: 10_000 } : DONE,
    );
    await room.cluster.pass(9_000);
    assert.equal(room.rounds.length, 1);
    await room.cluster.pass(2_000);
    assert.equal(room.rounds.length, 2);
    await room.cluster.pass(60_000);
    assert.equal(room.rounds.length, 2);
  });

  test("a failure is told and tried again, later each time, until it has succeeded", async () => {
    await using room = await start({ ...FOR_MAPS, initialKeys: ["k"] }, (_key, _context, round) => {
      if (round !== 12) throw new Error("No");
      return DONE;
    });
    await room.cluster.pass(60_000);
    assert.equal(room.rounds.length, 12);
    assert.deepEqual([...new Set(room.log)], ["warn Reconciliation failed k"]);
    assert.equal(room.log.length, 11);
    // The next failure is a first one again: 5 ms, not 10 s.
    await room.cluster.admin.create(ConfigMap, { metadata: keyOf("k2") });
    await room.cluster.pass(500);
    assert.ok(room.rounds.length >= 15, String(room.rounds.length));
  });

  test("a conflict is tried again without a word", async () => {
    await using room = await start({ ...FOR_MAPS, initialKeys: ["k"] }, (_key, _context, round) => {
      if (round === 1) throw newConflict({ group: "", resource: "configmaps" }, "k", "another was faster");
      return DONE;
    });
    await room.cluster.pass(1_000);
    assert.equal(room.rounds.length, 2);
    assert.deepEqual(room.log, ["debug Reconciliation is tried again k"]);
  });

  test("what cannot succeed is told once and not tried again", async () => {
    await using room = await start({ ...FOR_MAPS, initialKeys: ["k"] }, () => {
      throw new TerminalError("Never");
    });
    await room.cluster.pass(60_000);
    assert.equal(room.rounds.length, 1);
    assert.deepEqual(room.log, ["error Reconciliation failed for good k"]);
  });
});
