import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, Pod } from "@dingi/api";
import { aborted, FakeClock, seededRandom, settle, silentLogger } from "@dingi/base";
import { Client } from "../client.ts";
import type { Transport, TransportRequest } from "../transport/transport.ts";
import { Informers } from "./informers.ts";

/** Informers whose watches stay open; `open` has the paths of those that are. */
function bench() {
  const open: string[] = [];
  const asked: TransportRequest[] = [];
  const transport = {
    async *watch(request: TransportRequest) {
      asked.push(request);
      open.push(request.path);
      try {
        await new Promise((_, reject) =>
          request.signal!.addEventListener("abort", () => reject(request.signal!.reason)),
        );
        yield [];
      } finally {
        open.splice(open.indexOf(request.path), 1);
      }
    },
  } as unknown as Transport;
  const common = { client: new Client(transport), clock: new FakeClock(), random: seededRandom(1) };
  return { open, asked, informers: new Informers({ ...common, logger: silentLogger }) };
}

test("an informer that is stopped follows no more, and others do", async () => {
  const { open, informers } = bench();
  const maps = informers.of(ConfigMap);
  informers.of(Pod);
  informers.start();
  await settle();
  assert.deepEqual(open, ["/api/v1/configmaps", "/api/v1/pods"]);
  informers.stop(maps);
  await settle();
  assert.deepEqual(open, ["/api/v1/pods"]);
  const again = informers.of(ConfigMap);
  assert.notEqual(again, maps);
  informers.start();
  await settle();
  assert.deepEqual(open, ["/api/v1/pods", "/api/v1/configmaps"]);
  await informers[Symbol.asyncDispose]();
  assert.deepEqual(open, []);
});

test("one of metadata is another than one of whole objects, and asks for nothing else", async () => {
  const { asked, informers } = bench();
  await using _informers = informers;
  const whole = informers.of(ConfigMap);
  const partial = informers.of(ConfigMap, { metadataOnly: true });
  assert.notEqual(whole, partial);
  assert.equal(informers.of(ConfigMap, { metadataOnly: true }), partial);
  informers.start();
  await settle();
  assert.deepEqual(
    asked.map(({ accept }) => accept),
    [undefined, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"],
  );
  assert.ok(asked.every(({ query }) => !query.has("metadataOnly")));
});

test("selections that differ have informers of their own, and the same share one", () => {
  const { informers } = bench();
  const selections = [{}, { namespace: "n" }, { labelSelector: "n" }, { fieldSelector: "n" }, { metadataOnly: true }];
  const made = selections.map((selection) => informers.of(ConfigMap, selection));
  assert.equal(new Set(made).size, selections.length);
  assert.deepEqual(
    made,
    selections.map((selection) => informers.of(ConfigMap, { ...selection })),
  );
  assert.notEqual(informers.of(Pod as never), made[0]);
});

test("all are in step when the last one is", async () => {
  const end = { type: "BOOKMARK", object: { metadata: { annotations: { "k8s.io/initial-events-end": "true" } } } };
  const late = Promise.withResolvers<void>();
  const transport = {
    async *watch({ path, signal }: TransportRequest) {
      if (path.endsWith("pods")) await late.promise;
      yield [end];
      await aborted(signal!);
    },
  } as unknown as Transport;
  const common = { client: new Client(transport), clock: new FakeClock(), random: seededRandom(1) };
  await using informers = new Informers({ ...common, logger: silentLogger });
  const maps = informers.of(ConfigMap);
  const pods = informers.of(Pod);
  informers.start();
  informers.start();
  let isSynced = false;
  const synced = informers.synced().then(() => (isSynced = true));
  await settle();
  assert.deepEqual([maps.hasSynced, pods.hasSynced, isSynced], [true, false, false]);
  late.resolve();
  await synced;
  assert.equal(pods.hasSynced, true);
});
