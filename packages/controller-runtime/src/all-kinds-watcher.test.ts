import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, Event, Pod } from "@dingi/api";
import type { AnyKind, KindDefinition, KubeObject } from "@dingi/apimachinery";
import { FakeClock, Latest, settle } from "@dingi/base";
import { RestMapper, type Discovery, type Informer, type Informers } from "@dingi/client";
import { AllKindsWatcher } from "./all-kinds-watcher.ts";
import type { AllKindsWatch, ReconcileContext } from "./define-controller.ts";
import { ServedInformers } from "./served-informers.ts";
import type { Workqueue } from "./workqueue.ts";

const [POD, MAP, EVENT] = [Pod, ConfigMap, Event] as unknown as AnyKind[];

/** An informer that tells what the test says. */
class Told {
  readonly handlers = new Set<(event: { object: KubeObject }) => void>();
  readonly #synced = Promise.withResolvers<void>();
  readonly synced = this.#synced.promise;

  onEvent(handler: (event: { object: KubeObject }) => void): Disposable {
    this.handlers.add(handler);
    return { [Symbol.dispose]: () => this.handlers.delete(handler) };
  }

  tell(name: string): void {
    for (const handler of this.handlers) handler({ object: { metadata: { name } } });
  }

  hasSynced = false;

  sync(): void {
    this.hasSynced = true;
    this.#synced.resolve();
  }
}

/** A server whose kinds the test chooses, and controllers that watch them all. */
class Room {
  readonly clock = new FakeClock();
  readonly latest: Latest<RestMapper>;
  readonly informers = new Map<unknown, Told>();
  readonly opened: string[] = [];
  readonly source: ServedInformers;
  readonly stop = new AbortController();

  constructor(served: readonly (AnyKind | undefined)[], whole: readonly (AnyKind | undefined)[] = []) {
    this.latest = new Latest(RestMapper.of(served as AnyKind[]));
    const latest = this.latest;
    const discovery = {
      get current() {
        return latest.current;
      },
      after: latest.after.bind(latest),
    };
    const informers = {
      of: (kind: KindDefinition, { metadataOnly = false }) => {
        this.opened.push(`${kind.kind} ${metadataOnly ? "metadata" : "whole"}`);
        const informer = this.informers.get(kind) ?? new Told();
        this.informers.set(kind, informer);
        return informer as unknown as Informer<KubeObject>;
      },
      start: () => {},
      stop: (informer: unknown) => {
        for (const [kind, known] of this.informers)
          if (known === informer) this.opened.push(`${(kind as AnyKind).kind} stopped`);
      },
    };
    this.source = new ServedInformers({
      discovery: discovery as unknown as Discovery,
      informers: informers as unknown as Informers,
      whole: new Set(whole as AnyKind[]),
    });
  }

  watcher(more: Partial<AllKindsWatch> = {}) {
    const queued: string[] = [];
    const queue = { add: (key: string) => queued.push(key) } as unknown as Workqueue;
    const { signal } = this.stop;
    const keys = (kind: KindDefinition, { metadata }: KubeObject) => [`${kind.kind}/${metadata.name}`];
    const watch = { verbs: ["list", "watch"] as const, keys, ...more };
    const context = { clock: this.clock, signal } as unknown as ReconcileContext;
    return { queued, watcher: new AllKindsWatcher({ watch, source: this.source, context, queue }) };
  }

  serve(...kinds: (AnyKind | undefined)[]): void {
    this.latest.set(RestMapper.of(kinds as AnyKind[]));
  }
}

test("every kind is watched that has the verbs and is not ignored, by what is there already if somebody has it whole", () => {
  const review = { ...MAP, kind: "Other", plural: "others", verbs: ["list"] } as AnyKind;
  const room = new Room([POD, MAP, EVENT, review], [POD]);
  const { queued, watcher } = room.watcher({ ignores: (kind) => kind === EVENT });
  assert.deepEqual(room.opened, ["Pod whole", "ConfigMap metadata"]);
  room.informers.get(MAP)!.tell("a");
  assert.deepEqual(queued, ["ConfigMap/a"]);
  watcher[Symbol.dispose]();
  assert.deepEqual(room.opened.slice(2), ["ConfigMap stopped"]);
  room.informers.get(MAP)!.tell("b");
  room.informers.get(POD)!.tell("b");
  assert.deepEqual(queued, ["ConfigMap/a"]);
});

test("kinds that come are watched, and those that go are told of and let go", async () => {
  const room = new Room([POD]);
  const gone: string[] = [];
  const { queued, watcher } = room.watcher({ gone: ({ kind }) => void gone.push(kind), changed: () => ["look"] });
  const following = watcher.follow();
  room.serve(POD, MAP);
  await settle();
  room.informers.get(MAP)!.tell("a");
  assert.deepEqual(queued, ["look", "ConfigMap/a"]);
  room.serve(MAP);
  await settle();
  assert.deepEqual(gone, ["Pod"]);
  assert.deepEqual(room.opened, ["Pod metadata", "ConfigMap metadata", "Pod stopped"]);
  assert.equal(room.source.get(POD!), undefined);
  room.stop.abort();
  await following;
});

test("an informer that two controllers use is stopped when neither does any more", () => {
  const room = new Room([MAP]);
  const [one, other] = [room.watcher(), room.watcher()];
  assert.deepEqual(room.opened, ["ConfigMap metadata"]);
  one.watcher[Symbol.dispose]();
  assert.ok(room.source.get(MAP!));
  other.watcher[Symbol.dispose]();
  assert.deepEqual(room.opened, ["ConfigMap metadata", "ConfigMap stopped"]);
});

test("work begins when all is known, or some of it cannot be for half a minute", async () => {
  const room = new Room([POD, MAP]);
  const { watcher } = room.watcher();
  let isSynced = false;
  void watcher.synced().then(() => (isSynced = true));
  room.informers.get(POD)!.sync();
  await room.clock.advance(29_000);
  assert.equal(isSynced, false);
  await room.clock.advance(1000);
  assert.equal(isSynced, true);
  let isAgain = false;
  void watcher.synced().then(() => (isAgain = true));
  room.informers.get(MAP)!.sync();
  await settle();
  assert.equal(isAgain, true);
});

test("nothing is worked on while a kind that has come is not known, for half a minute at most", async () => {
  const room = new Room([POD]);
  const { watcher } = room.watcher();
  const following = watcher.follow();
  room.informers.get(POD)!.sync();
  assert.equal(watcher.isBehind, false);
  room.serve(POD, MAP, EVENT);
  await settle();
  assert.equal(watcher.isBehind, true);
  room.informers.get(MAP)!.sync();
  assert.equal(watcher.isBehind, true);
  room.serve(POD, MAP);
  await settle();
  assert.equal(watcher.isBehind, false);
  room.serve(POD, MAP, EVENT);
  await settle();
  room.informers.get(EVENT)!.hasSynced = false;
  assert.equal(watcher.isBehind, true);
  await room.clock.advance(30_000);
  assert.equal(watcher.isBehind, false);
  room.stop.abort();
  await following;
});
