import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

interface Aggregated {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly { readonly version: string; readonly resources?: readonly unknown[] }[];
  }[];
}

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

let api: TestServer;
before(async () => (api = await startTestServer()));
after(() => api[Symbol.asyncDispose]());

const read = async (url: string, accept = "application/json") =>
  JSON.parse((await api.send({ url, headers: { accept } })).text) as unknown;

test("No version is shown that has nothing but bodies of subresources", async () => {
  const { items } = (await read("/apis", AGGREGATED)) as Aggregated;
  const versions = items.flatMap(({ metadata, versions }) => versions.map((one) => ({ ...one, group: metadata.name })));
  assert.ok(versions.length > 5);
  assert.deepEqual(
    versions.filter(({ resources }) => !resources?.length).map(({ group, version }) => `${group}/${version}`),
    [],
  );
  const { groups } = (await read("/apis")) as { groups: { name: string }[] };
  const names = (list: readonly (string | undefined)[]) => list.join(" ");
  assert.equal(names(groups.map(({ name }) => name)), names(items.map(({ metadata }) => metadata.name)));
});

test("A group has no other metadata than its name, and the first one not even that", async () => {
  const [core] = ((await read("/api", AGGREGATED)) as Aggregated).items;
  assert.deepEqual(core?.metadata, {});
  const { items } = (await read("/apis", AGGREGATED)) as Aggregated;
  for (const { metadata } of items) assert.deepEqual(Object.keys(metadata), ["name"]);
});
