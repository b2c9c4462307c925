import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import { openMemoryStore } from "@dingi/store";
import { ask, boatDefinition, establish, settled, versionOf } from "../testing/definitions.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const V1 = "/apis/example.org/v1/namespaces/default/boats";
const V2 = "/apis/example.org/v2/namespaces/default/boats";
const text = { type: "string" };
const v1 = (spec: object = { name: text }, more: object = {}) => versionOf("v1", spec, { storage: true, ...more });

const boat = (name: string, spec: object = {}, version = "v1") => ({
  apiVersion: `example.org/${version}`,
  kind: "Boat",
  metadata: { name },
  spec,
});

interface Shown {
  readonly status?: {
    readonly conditions?: readonly { type: string; status: string; reason: string }[];
    readonly storedVersions?: readonly string[];
  };
}

async function conditionOf(api: TestServer, name: string, type: string): Promise<string | undefined> {
  const { body } = await ask(api, "GET", `${DEFINITIONS}/${name}`);
  const { status } = body as unknown as Shown;
  const found = status?.conditions?.find((one) => one.type === type);
  return found && `${found.status} ${found.reason}`;
}

test("what is defined is served until it is defined no more", async () => {
  await using api = await startTestServer();
  assert.equal((await ask(api, "GET", V1)).status, 404);
  await establish(api, boatDefinition([v1()]));
  assert.equal((await ask(api, "POST", V1, boat("a"))).status, 201);
  assert.equal((await ask(api, "DELETE", `${DEFINITIONS}/boats.example.org`)).status, 200);
  await settled();
  assert.equal((await ask(api, "GET", `${DEFINITIONS}/boats.example.org`)).status, 404);
  assert.equal((await ask(api, "GET", V1)).status, 404);
  assert.equal(await api.store.get("/registry/example.org/boats/default/a"), undefined);

  await establish(api, boatDefinition([v1()]));
  assert.deepEqual((await ask(api, "GET", V1)).body["items"], []);
});

test("a server that starts serves what has been defined before it answers", async () => {
  const clock = new FakeClock();
  await using store = openMemoryStore({ clock });
  {
    await using api = await startTestServer({ shared: { clock, store } });
    await establish(api, boatDefinition([v1()]));
    await ask(api, "POST", V1, boat("a", { name: "Ann" }));
  }
  await using again = await startTestServer({ shared: { clock, store } });
  assert.deepEqual((await ask(again, "GET", `${V1}/a`)).body["spec"], { name: "Ann" });
});

test("objects follow their definition when it changes", async () => {
  await using api = await startTestServer();
  await establish(api, boatDefinition([v1({ name: text, old: text })]));
  await ask(api, "POST", V1, boat("a", { name: "Ann", old: "gone" }));
  await establish(api, boatDefinition([v1({ name: text, sails: { type: "integer", default: 2 } })]));
  assert.deepEqual((await ask(api, "GET", `${V1}/a`)).body["spec"], { name: "Ann", sails: 2 });
  const refused = await ask(api, "POST", V1, boat("b", { sails: "many" }));
  assert.equal(refused.status, 422, JSON.stringify(refused.body));
});

test("a version comes and goes, and another is stored, while the objects stay", async () => {
  await using api = await startTestServer();
  await establish(api, boatDefinition([v1()]));
  await ask(api, "POST", V1, boat("a", { name: "Ann" }));
  assert.equal((await ask(api, "GET", V2)).status, 404);

  const second = { name: text, flag: text };
  await establish(api, boatDefinition([v1(undefined, { storage: false }), versionOf("v2", second, { storage: true })]));
  assert.deepEqual((await ask(api, "GET", `${V2}/a`)).body["spec"], { name: "Ann" });
  const changed = await ask(api, "PATCH", `${V2}/a`, { spec: { flag: "red" } });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  assert.deepEqual((await ask(api, "GET", `${V1}/a`)).body["spec"], { name: "Ann" });
  const { body } = await ask(api, "GET", `${DEFINITIONS}/boats.example.org`);
  assert.deepEqual((body as unknown as Shown).status?.storedVersions, ["v1", "v2"]);

  await establish(
    api,
    boatDefinition([v1(undefined, { storage: false, served: false }), versionOf("v2", second, { storage: true })]),
  );
  assert.equal((await ask(api, "GET", V1)).status, 404);
  assert.deepEqual((await ask(api, "GET", `${V2}/a`)).body["spec"], { name: "Ann", flag: "red" });
});

test("a definition waits for its objects' finalizers, and nothing new is made meanwhile", async () => {
  await using api = await startTestServer();
  await establish(api, boatDefinition([v1()]));
  const held = { ...boat("held"), metadata: { name: "held", finalizers: ["example.org/hold"] } };
  assert.equal((await ask(api, "POST", V1, held)).status, 201);
  await ask(api, "DELETE", `${DEFINITIONS}/boats.example.org`);
  await settled();
  assert.equal(await conditionOf(api, "boats.example.org", "Terminating"), "True InstanceDeletionInProgress");
  const refused = await ask(api, "POST", V1, boat("late"));
  assert.equal(refused.status, 403, JSON.stringify(refused.body));

  const freed = await ask(api, "PATCH", `${V1}/held`, { metadata: { finalizers: null } });
  assert.equal(freed.status, 200, JSON.stringify(freed.body));
  for (let i = 0; i < 20; i++) {
    await api.clock.advance(5_000);
    await settled();
  }
  assert.equal((await ask(api, "GET", `${DEFINITIONS}/boats.example.org`)).status, 404);
});

test("a name that is taken is had by the next one when it is free", async () => {
  await using api = await startTestServer();
  await establish(api, boatDefinition([v1()]));
  const ship = {
    ...boatDefinition([v1()], { names: { plural: "ships", kind: "Ship", shortNames: ["boats"] } }),
    metadata: { name: "ships.example.org" },
  };
  await establish(api, ship);
  assert.equal(await conditionOf(api, "ships.example.org", "NamesAccepted"), "False ShortNamesConflict");
  assert.equal(await conditionOf(api, "ships.example.org", "Established"), "False NotAccepted");
  assert.equal((await ask(api, "GET", "/apis/example.org/v1/ships")).status, 404);

  await ask(api, "DELETE", `${DEFINITIONS}/boats.example.org`);
  await settled();
  assert.equal(await conditionOf(api, "ships.example.org", "Established"), "True InitialNamesAccepted");
  assert.equal((await ask(api, "GET", "/apis/example.org/v1/ships")).status, 200);
});

test("what one client defines another finds in discovery and in OpenAPI, and not afterwards", async () => {
  await using api = await startTestServer();
  const groups = async () => JSON.stringify((await ask(api, "GET", "/apis")).body);
  const paths = async () => JSON.stringify((await ask(api, "GET", "/openapi/v3")).body);
  await establish(api, boatDefinition([v1()]));
  assert.match(await groups(), /example\.org/);
  assert.match(await paths(), /apis\/example\.org\/v1/);
  await ask(api, "DELETE", `${DEFINITIONS}/boats.example.org`);
  await settled();
  assert.doesNotMatch(await groups(), /example\.org/);
  assert.doesNotMatch(await paths(), /apis\/example\.org/);
});
