import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinKinds, ConfigMap, Deployment, Node, Pod } from "@dingi/api";
import { newNotFound, StatusError, type KindDefinition, type KubeObject, type ObjectKey } from "@dingi/apimachinery";
import { RestMapper } from "@dingi/client";
import type { ReconcileContext } from "@dingi/controller-runtime";
import { garbageCollector } from "./garbage-collector.ts";

type Reference = { apiVersion?: string; kind?: string; name?: string; uid?: string };
type AnyKind = KindDefinition<never>;

interface Item {
  readonly kind: AnyKind;
  readonly object: KubeObject;
}

const POD = Pod as unknown as AnyKind;
const NODE = Node as unknown as AnyKind;
const MAP = ConfigMap as unknown as AnyKind;

function itemOf(kind: AnyKind, place: { namespace?: string; name: string; owners?: readonly Reference[] }): Item {
  const { namespace, name, owners = [] } = place;
  const { apiVersion, kind: kindName } = kind;
  const ownerReferences = owners.map((reference) => ({ apiVersion: "v1", kind: "Pod", name: "owner", ...reference }));
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: name,
    resourceVersion: "1",
    ownerReferences: ownerReferences.map((reference) => ({ uid: "owner", ...reference })),
  };
  return { kind, object: { apiVersion, kind: kindName, metadata } };
}

const podIn = (namespace: string, name = "owner") => itemOf(POD, { namespace, name });
const dependentIn = (namespace: string, ...owners: readonly Reference[]) =>
  itemOf(MAP, { namespace, name: "dependent", owners });
const clusterDependent = (...owners: readonly Reference[]) => itemOf(NODE, { name: "dependent", owners });

class World {
  served = RestMapper.of(builtinKinds);
  /** Of which the server has no page, whatever was known of it. */
  unserved: AnyKind | undefined;
  readonly calls: string[] = [];
  readonly #collector = garbageCollector();
  readonly #server: Item[];
  readonly #shown = new Set<Item>();

  constructor(...server: Item[]) {
    this.#server = server;
  }

  /** The informers come to show it; returns whose fate is to be looked at. */
  show(item: Item): string[] {
    this.#shown.add(item);
    return this.#keys(item);
  }

  end(item: Item): string[] {
    this.#shown.delete(item);
    this.#server.splice(this.#server.indexOf(item), 1);
    return this.#keys(item);
  }

  async look(...uids: readonly string[]): Promise<void> {
    for (const name of uids) await this.#collector.reconcile({ namespace: "", name }, this.#context);
  }

  /** What is served has changed; returns whose fate is to be looked at. */
  changed(): string[] {
    return [...this.#collector.watchesAll!.changed!(this.#context)].map((key) => (key as ObjectKey).name);
  }

  gone(kind: AnyKind): void {
    this.#collector.watchesAll!.gone!(kind);
  }

  #keys({ kind, object }: Item): string[] {
    const keys = this.#collector.watchesAll!.keys(kind, object, this.#context);
    return [...keys].map((key) => (key as ObjectKey).name);
  }

  #find(items: Iterable<Item>, kind: AnyKind, { namespace, name }: ObjectKey): KubeObject | undefined {
    const { object } = [...items].find(
      (item) =>
        item.kind === kind &&
        item.object.metadata.name === name &&
        (item.object.metadata.namespace ?? "") === (namespace ?? ""),
    ) ?? { object: undefined };
    return object;
  }

  get #context(): ReconcileContext {
    return {
      kinds: { current: this.served },
      cache: { get: (kind: AnyKind, key: ObjectKey) => this.#find(this.#shown, kind, key) },
      client: {
        get: async (kind: AnyKind, key: ObjectKey) => {
          this.calls.push(`get ${kind.kind} ${key.namespace}/${key.name}`);
          if (kind === this.unserved) throw StatusError.make(404, "NotFound", "404 page not found", {});
          const found = this.#find(this.#server, kind, key);
          if (!found) throw newNotFound({ group: "", resource: kind.plural }, key.name);
          return found;
        },
        patch: async (_kind: AnyKind, { name }: ObjectKey) => void this.calls.push(`patch ${name}`),
        delete: async (_kind: AnyKind, { name }: ObjectKey, { preconditions }: { preconditions: object }) =>
          void this.calls.push(`delete ${name} ${JSON.stringify(preconditions)}`),
      },
      events: {
        event: (about: { name: string }, _type: string, reason: string, message: string) =>
          void this.calls.push(`${reason} ${about.name}: ${message}`),
      },
    } as unknown as ReconcileContext;
  }

  get fate(): string {
    return this.calls.find((call) => /^(delete|patch) dependent/.test(call))?.split(" ")[0] ?? "kept";
  }

  get events(): string[] {
    return this.calls.filter((call) => call.startsWith("OwnerRef"));
  }
}

/** By name: the owner that is there (none if undefined), the dependent, and what becomes of it. */
const cases: Readonly<Record<string, readonly [Item | undefined, Item, "kept" | "delete" | "patch", "told"?]>> = {
  "the owner is there": [podIn("ns"), dependentIn("ns", {}), "kept"],
  "the owner is not there": [undefined, dependentIn("ns", {}), "delete"],
  "the owner is in another namespace": [podIn("other"), dependentIn("ns", {}), "delete", "told"],
  "the owner has another uid": [podIn("ns"), dependentIn("ns", { uid: "older" }), "delete"],
  "the owner has another name": [podIn("ns"), dependentIn("ns", { name: "else" }), "delete"],
  "the owner is of another kind": [podIn("ns"), dependentIn("ns", { kind: "Secret" }), "delete"],
  "the owner is of a kind that is not served": [podIn("ns"), dependentIn("ns", { kind: "Thing" }), "kept"],
  "the owner is of another group": [podIn("ns"), dependentIn("ns", { apiVersion: "apps/v1" }), "kept"],
  "the owner is of a version that is not served": [podIn("ns"), dependentIn("ns", { apiVersion: "v2" }), "kept"],
  "the owner is in no namespace": [itemOf(NODE, { name: "owner" }), dependentIn("ns", { kind: "Node" }), "kept"],
  "an owner in no namespace is not there": [undefined, dependentIn("ns", { kind: "Node" }), "delete"],
  "said to be of a kind without namespaces, and is not": [podIn("ns"), dependentIn("ns", { kind: "Node" }), "delete"],
  "neither is in a namespace": [itemOf(NODE, { name: "owner" }), clusterDependent({ kind: "Node" }), "kept"],
  "neither is in a namespace, and the owner is not there": [undefined, clusterDependent({ kind: "Node" }), "delete"],
  "only the owner is in a namespace": [podIn("ns"), clusterDependent({}), "kept", "told"],
  "only the owner is in a namespace, and not there": [undefined, clusterDependent({}), "kept"],
  "one owner is there, one in another namespace": [
    podIn("other"),
    dependentIn("ns", {}, { kind: "ConfigMap", name: "dependent", uid: "dependent" }),
    "patch",
    "told",
  ],
  "one owner is gone, and of the other nothing can be known": [
    undefined,
    dependentIn("ns", {}, { kind: "Thing", uid: "thing" }),
    "kept",
  ],
};

for (const [name, [owner, dependent, fate, told]] of Object.entries(cases)) {
  const items = owner ? [owner, dependent] : [dependent];
  const orders: Record<string, readonly Item[]> = owner
    ? { "owner first": items, "dependent first": items.toReversed(), "owner not shown": [dependent] }
    : { alone: items };
  for (const [order, shown] of Object.entries(orders))
    test(`${name}, ${order}: ${fate}`, async () => {
      const world = new World(...items);
      const uids = shown.flatMap((item) => world.show(item));
      await world.look(...uids);
      assert.equal(world.fate, fate);
      const message = `OwnerRefInvalidNamespace dependent: ownerRef [v1/Pod, namespace: ${dependent.object.metadata.namespace ?? ""}, name: owner, uid: owner] does not exist in namespace "${dependent.object.metadata.namespace ?? ""}"`;
      assert.deepEqual(world.events, told && shown.length > 1 ? [message] : []);
    });
}

test("what is said in another version that is served is true", async () => {
  const hub = itemOf(Deployment as unknown as AnyKind, { namespace: "ns", name: "owner" });
  const served = Object.keys(Deployment.versions);
  for (const apiVersion of served) {
    const dependent = dependentIn("ns", { apiVersion, kind: "Deployment" });
    const world = new World(hub, dependent);
    await world.look(...world.show(hub), ...world.show(dependent));
    assert.equal(world.fate, "kept");
  }
});

test("what is as it is said costs no request, and an owner that is gone is asked for once", async () => {
  const owner = podIn("ns");
  const dependent = dependentIn("ns", {});
  const world = new World(owner, dependent);
  await world.look(...world.show(owner), ...world.show(dependent));
  assert.deepEqual(world.calls, []);
  const orphaned = new World(dependent);
  const uids = orphaned.show(dependent);
  await orphaned.look(...uids, ...uids);
  assert.deepEqual(
    orphaned.calls.filter((call) => call.startsWith("get Pod")),
    ["get Pod ns/owner"],
  );
});

test("that a false reference leads nowhere tells nothing about the true owner", async () => {
  const owner = podIn("ns");
  const wrong = itemOf(MAP, { namespace: "other", name: "wrong", owners: [{}] });
  const dependent = dependentIn("ns", {});
  const world = new World(owner, wrong, dependent);
  await world.look(...world.show(wrong), ...world.show(dependent));
  assert.deepEqual(
    world.calls.filter((call) => call.startsWith("delete")).map((call) => call.split(" ")[1]),
    ["wrong"],
  );
});

test("of an owner that ends its dependents need not ask", async () => {
  const owner = podIn("ns");
  const dependent = dependentIn("ns", {});
  const world = new World(owner, dependent);
  await world.look(...world.show(owner), ...world.show(dependent));
  await world.look(...world.end(owner));
  assert.deepEqual(world.calls, [
    "get ConfigMap ns/dependent",
    'delete dependent {"uid":"dependent","resourceVersion":"1"}',
  ]);
});

test("what has got another owner meanwhile is not deleted for the old one", async () => {
  const shown = dependentIn("ns", {});
  const owner = itemOf(MAP, { namespace: "ns", name: "new" });
  const world = new World(dependentIn("ns", { kind: "ConfigMap", name: "new", uid: "new" }), owner);
  await world.look(...world.show(shown));
  assert.equal(world.fate, "kept");
});

test("another object of the same name is not deleted in its stead", async () => {
  const world = new World(itemOf(MAP, { namespace: "ns", name: "dependent", owners: [{}] }));
  const shown = dependentIn("ns", {});
  const older = { ...shown, object: { ...shown.object, metadata: { ...shown.object.metadata, uid: "older" } } };
  await world.look(...world.show(older));
  assert.equal(world.fate, "kept");
});

test("of an owner in another namespace is told once, not with every change", () => {
  const [owner, dependent] = [podIn("other"), dependentIn("ns", {})];
  const world = new World(owner, dependent);
  for (const item of [owner, dependent, dependent, owner]) world.show(item);
  assert.equal(world.events.length, 1);
});

test("who says of an owner what is not true is looked at when the owner comes", () => {
  const [owner, dependent] = [podIn("ns"), dependentIn("ns", { name: "else" })];
  const world = new World(owner, dependent);
  world.show(dependent);
  assert.deepEqual(world.show(owner), ["dependent"]);
});

test("an owner of a kind that nobody serves is not gone, and its dependents are looked at when somebody does", async () => {
  const dependent = dependentIn("ns", {});
  const world = new World(dependent);
  const kinds = world.served;
  world.served = RestMapper.of([]);
  await world.look(...world.show(dependent));
  assert.deepEqual(world.calls, []);
  assert.deepEqual(world.changed(), []);
  world.served = kinds;
  assert.deepEqual(world.changed(), ["dependent"]);
  assert.deepEqual(world.changed(), []);
  await world.look("dependent");
  assert.match(world.calls.at(-1)!, /^delete dependent /);
});

test("a server that does not know the kind says nothing of the owner", async () => {
  const dependent = dependentIn("ns", {});
  const world = new World(dependent);
  world.unserved = POD;
  await world.look(...world.show(dependent));
  assert.deepEqual(world.calls, ["get Pod ns/owner"]);
  world.unserved = undefined;
  assert.deepEqual(world.changed(), ["dependent"]);
});

test("of an owner in no namespace that is gone only the first dependent has to ask, wherever the others are", async () => {
  const reference = { kind: "Node" };
  const [one, other] = [
    itemOf(MAP, { namespace: "a", name: "one", owners: [reference] }),
    itemOf(MAP, { namespace: "b", name: "other", owners: [reference] }),
  ];
  const world = new World(one, other);
  for (const item of [one, other]) await world.look(...world.show(item));
  assert.deepEqual(
    world.calls.filter((call) => call.startsWith("get Node")),
    ["get Node /owner"],
  );
});

test("what was known of a kind is forgotten when it is not served any more, and nothing is collected for that", async () => {
  const [owner, dependent] = [podIn("ns"), dependentIn("ns", {})];
  const world = new World(owner, dependent);
  for (const item of [owner, dependent]) await world.look(...world.show(item));
  world.served = RestMapper.of(builtinKinds.filter((kind) => (kind as unknown) !== Pod));
  world.gone(POD);
  await world.look("dependent", "owner");
  assert.deepEqual(world.calls, []);
});

test("an object that is gone waits for no kind", async () => {
  const dependent = dependentIn("ns", {});
  const world = new World(dependent);
  const kinds = world.served;
  world.served = RestMapper.of([]);
  await world.look(...world.show(dependent));
  world.end(dependent);
  world.served = kinds;
  assert.deepEqual(world.changed(), []);
});

test("dependents of a kind that is not served any more are left alone when their owner goes", async () => {
  const [owner, dependent] = [podIn("ns"), dependentIn("ns", {})];
  const world = new World(owner, dependent);
  for (const item of [owner, dependent]) world.show(item);
  world.gone(MAP);
  assert.deepEqual(world.end(owner), []);
});
