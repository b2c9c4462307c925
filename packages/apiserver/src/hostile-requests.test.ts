import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { costOf, type Cost } from "./testing/hostile/event-loop.ts";
import {
  HOSTILE_KINDS,
  hostileQueries,
  hostileTexts,
  hostileWrites,
  makeTargets,
  sendWorst,
  type HostileShape,
} from "./testing/hostile/index.ts";
import { PlainBody } from "./testing/hostile/plain-body.ts";
import { startTestServer, type TestServer } from "./testing/test-server.ts";

/**
 * In times of reading as large a plain body, so that neither a slow machine nor a busy one matters. What is not bounded takes
 * hundreds of them.
 */
const MOST = { atOnce: 6, together: 30 };
/** What else happens in this process, such as a collection, does not happen each time. */
const ATTEMPTS = 3;
/** An object that is told in an answer may be as long as a body; what is wrong with it may not. */
const MAX_ERROR_BYTES = 1024 * 1024;

const plain = new PlainBody();
let server: TestServer;

before(async () => {
  server = await startTestServer({ yields: true });
  await makeTargets(server);
});
after(async () => await server[Symbol.asyncDispose]());

const costs = async (shape: HostileShape): Promise<Cost> =>
  await sendWorst(shape, (request) => costOf(server, request));

interface InBodies {
  readonly atOnce: number;
  readonly together: number;
}

async function costsInBodies(shape: HostileShape): Promise<InBodies & { readonly cost: Cost }> {
  const cost = await costs(shape);
  const bodyMs = plain.readMs();
  return { cost, atOnce: cost.longestMs / bodyMs, together: cost.cpuMs / bodyMs };
}

const isLittle = ({ atOnce, together }: InBodies): boolean => atOnce <= MOST.atOnce && together <= MOST.together;

/** The worst of each kind of fault; `test/bench/hostile-bench.ts` measures them all. */
const WORST = new Set([
  "create of a Pod with controller owner references",
  "create of a Pod with empty owner references",
  "create of a Pod with invalid labels",
  "create of a Pod with invalid annotations",
  "create of a Pod with finalizers that are none",
  "create of a Pod with ports of one number",
  "create of a Pod with topology spread constraints",
  "create of a Pod with items of a config map",
  "create of a Pod with match label keys",
  "create of a Pod with match label keys of an affinity",
  "create of a Pod with pull secrets' names",
  "create of a Pod with long quantity",
  "create of a ConfigMap with values of the wrong type",
  "strategic patch of a Pod with valid containers",
  "create of a Pod with one long label",
  "create of a Pod with valid labels",
  "create of a Pod with valid finalizers",
  "create of a Pod with managers of a field each",
  "create of a Pod with managers of a field each, and valid labels",
  "create of a Pod with declared claims of a container",
  "create of a Pod with claims that are not among many",
  "create of a Pod with a resource of its own for each container",
  "create of a Pod with a resource of its own for each init container",
  "create of a CustomResourceDefinition with a long pattern",
  "create of a CustomResourceDefinition with rules of wrong syntax",
  "create of a CustomResourceDefinition with unknown fields below a long name",
]);

const chosen = [
  ...[...hostileWrites(["Pod", "ConfigMap", "CustomResourceDefinition"], ["create", "strategic patch"])].filter(
    ({ name }) => WORST.has(name),
  ),
  ...[...hostileTexts()].filter(({ name }) =>
    /^(protobuf|deep|JSON patch of|strategic)|JSON of (a long|escapes)/.test(name),
  ),
  ...[...hostileQueries()].filter(({ name }) => /selector|again/.test(name)),
];

for (const shape of chosen)
  test(`${shape.name} costs little, and others get their turn`, async () => {
    let least = await costsInBodies(shape);
    for (let i = 1; i < ATTEMPTS && !isLittle(least); i++) {
      const next = await costsInBodies(shape);
      if (next.atOnce <= least.atOnce) least = next;
    }
    const { cost, atOnce, together } = least;
    const told = `${together.toFixed(1)} times a plain body, ${atOnce.toFixed(1)} times of them at once`;
    assert.ok(isLittle(least), told);
    if (cost.status >= 400) assert.ok(cost.text.length < MAX_ERROR_BYTES, `an answer of ${cost.text.length} bytes`);
  });

test("every shape that was chosen is there", () => {
  assert.equal(chosen.filter(({ name }) => WORST.has(name)).length, WORST.size);
});

test("an object that is too large to be stored is refused in upstream's words", async () => {
  const { url } = HOSTILE_KINDS["ServiceAccount"]!;
  const secrets = [{ name: "x".repeat(1_700_000) }];
  const { status, text } = await server.send({ method: "POST", url, body: { metadata: { name: "large" }, secrets } });
  assert.equal(status, 500);
  assert.deepEqual(JSON.parse(text), {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: "etcdserver: request is too large",
    code: 500,
  });
});

test("what upstream can store is stored, though it is longer in JSON", async () => {
  const body = {
    metadata: { name: "large", annotations: { a: "x".repeat(250_000) } },
    data: { a: Buffer.alloc(1024 * 1024, "A").toString("base64") },
  };
  const { status } = await server.send({ method: "POST", url: "/api/v1/namespaces/default/secrets", body });
  assert.equal(status, 201);
});

test("an object that is too wide says so before it is validated", async () => {
  const shape = [...hostileTexts()].find(({ name }) => name === "protobuf of empty containers")!;
  const { status, text } = await costs(shape);
  assert.equal(status, 413);
  assert.equal(JSON.parse(text).reason, "RequestEntityTooLarge");
});

test("a thousand errors are told, and that there are more", async () => {
  const shape = [...hostileWrites(["Pod"], ["create"])].find(
    ({ name }) => name === "create of a Pod with controller owner references",
  )!;
  const { status, text } = await costs(shape);
  const { message, details } = JSON.parse(text);
  assert.equal(status, 422);
  assert.ok(details.causes.length <= 1000);
  assert.match(message, /and more errors, which are not listed\]$/);
});
