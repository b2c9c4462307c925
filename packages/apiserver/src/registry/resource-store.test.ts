import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, Event } from "@dingi/api";
import type { KubeObject } from "@dingi/apimachinery";
import { FakeClock, seededRandom, silentLogger } from "@dingi/base";
import { openMemoryStore } from "@dingi/store";
import { OPEN_GATE } from "../admission/gate.ts";
import { StoreFeed } from "../cacher/store-feed.ts";
import type { WriteContext } from "./request-context.ts";
import { draftOf, ResourceStore } from "./resource-store.ts";

const KEY = { namespace: "n", name: "e" };

const context = (clock: FakeClock): WriteContext => ({
  clock,
  random: seededRandom(1),
  user: { username: "u", groups: [] } as unknown as WriteContext["user"],
  dryRun: false,
  warn: () => {},
  signal: new AbortController().signal,
  admission: OPEN_GATE,
});

test("an update that changes nothing brings what is stored in another version up to date, once", async () => {
  const clock = new FakeClock();
  const store = openMemoryStore({ clock });
  const old = {
    kind: "Event",
    apiVersion: "events.k8s.io/v1",
    metadata: { name: "e", namespace: "n", uid: "u", creationTimestamp: "2026-01-01T00:00:00Z" },
    eventTime: null,
    note: "words",
    regarding: { kind: "Pod", name: "p", namespace: "n" },
  };
  await store.commit("/registry/events/n/e", { expected: 0, value: Buffer.from(JSON.stringify(old)) });
  await using feed = await StoreFeed.start({
    store,
    clock,
    logger: silentLogger,
    kinds: [Event],
    onFailure: (error) => assert.fail(String(error)),
  });
  const events = new ResourceStore(Event, feed, store);
  const before = events.get(KEY);
  assert.equal((before.object as KubeObject & { message?: string }).message, "words");
  const update = () =>
    events.update(
      {
        key: KEY,
        strategy: {},
        createAllowed: false,
        retry: true,
        transform: (current) => draftOf(Event, current!),
      },
      context(clock),
    );
  const { stored } = await update();
  assert.ok(stored.revision > before.revision);
  const value = await store.get("/registry/events/n/e");
  assert.equal((JSON.parse(Buffer.from(value!.value).toString()) as KubeObject).apiVersion, "v1");
  assert.equal((await update()).stored.revision, stored.revision);
});

test("a generated name that is taken becomes another one", async () => {
  const clock = new FakeClock();
  await using store = openMemoryStore({ clock });
  const onFailure = (error: unknown) => assert.fail(String(error));
  await using feed = await StoreFeed.start({ store, clock, logger: silentLogger, kinds: [ConfigMap], onFailure });
  const maps = new ResourceStore(ConfigMap, feed, store);
  const suffixes = ["aaaaa", "aaaaa", "aaaaa", "bbbbb"];
  const random = Object.assign(seededRandom(1), { suffix: () => suffixes.shift() });
  const names: unknown[] = [];
  for (let i = 0; i < 2; i++) {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "n", generateName: "g-" } };
    const { object: made } = await maps.create(object, { ...context(clock), random: random as never });
    names.push(made.metadata.name);
  }
  assert.deepEqual(names, ["g-aaaaa", "g-bbbbb"]);
});
