import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap } from "@dingi/api";
import type { KindDefinition, KubeObject } from "@dingi/apimachinery";
import { FakeClock } from "@dingi/base";
import type { Informer } from "@dingi/client";
import { OwnWrites } from "./own-writes.ts";

const kind = ConfigMap as unknown as KindDefinition;
const object: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { resourceVersion: "7" } };

function writesAt(clock: FakeClock): OwnWrites {
  return new OwnWrites(clock, new Map([[kind, { resourceVersion: "1" } as Informer<KubeObject>]]));
}

test("keys that nobody asks for again are forgotten in time, those that are written go on", async () => {
  const clock = new FakeClock();
  const writes = writesAt(clock);
  const write = (prefix: string) => {
    for (let i = 0; i < 1000; i++) writes.of(`${prefix}${i}`).wrote(kind, object);
  };
  write("gone");
  writes.of("going on").wrote(kind, object);
  await clock.advance(20_000);
  writes.of("going on").wrote(kind, object);
  await clock.advance(20_000);
  write("new");
  assert.equal(writes.size, 1001);
  assert.equal(writes.isBehind("going on"), true);
  assert.equal(writes.isBehind("gone1"), false);
});

test("a kind that is not served any more holds nobody up", () => {
  const informers = new Map([[kind, { resourceVersion: "1", get: () => object } as unknown as Informer<KubeObject>]]);
  const writes = new OwnWrites(new FakeClock(), informers);
  writes.of("a").wrote(kind, object);
  writes.of("b").removed(kind, { namespace: "", name: "x" }, "u");
  assert.equal(writes.isBehind("a"), true);
  informers.delete(kind);
  assert.equal(writes.isBehind("a"), false);
  assert.equal(writes.isBehind("b"), false);
});
