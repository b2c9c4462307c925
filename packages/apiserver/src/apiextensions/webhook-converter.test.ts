import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { ask, boatDefinition, establish, versionOf } from "../testing/definitions.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import { startWebhookServer } from "../testing/webhook-server.ts";

interface Boat {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown>;
  spec: Record<string, unknown>;
}

interface Question {
  readonly uid: string;
  readonly desiredAPIVersion: string;
  readonly objects: readonly Boat[];
}

interface Review {
  apiVersion: string;
  kind: string;
  response?: unknown;
}

/** What of a good answer is otherwise; undefined where it has answered itself. */
type Twist = (review: Review, boats: Boat[], response: ServerResponse) => object | undefined;

interface Bench extends AsyncDisposable {
  readonly api: TestServer;
  /** "v2: a b" for a question about two boats. */
  readonly asked: string[];
  readonly reviews: string[];
  twist: Twist;
  define(storage: string, reviewVersions?: readonly string[]): Promise<void>;
}

const good: Twist = (review) => review;
const text = { type: "string" };
const V1 = "/apis/example.org/v1/namespaces/default/boats";
const V2 = "/apis/example.org/v2/namespaces/default/boats";

/** v1 has the place of a boat in one text, v2 in two. */
function converted({ spec, ...boat }: Boat, to: string): Boat {
  const isPaired = spec["at"] !== undefined;
  if ((to === "example.org/v2") !== isPaired) return { ...boat, apiVersion: to, spec: { ...spec } };
  const [lat, lon] = String(spec["at"]).split("/");
  return { ...boat, apiVersion: to, spec: isPaired ? { lat, lon } : { at: `${spec["lat"]}/${spec["lon"]}` } };
}

async function startBench(): Promise<Bench> {
  await using stack = new AsyncDisposableStack();
  const asked: string[] = [];
  const reviews: string[] = [];
  const hooks = stack.use(
    await startWebhookServer(
      ({ body }, response) => {
        const { request, ...review } = body as Review & { request: Question };
        const { uid, desiredAPIVersion: to, objects } = request;
        asked.push(`${to.split("/")[1]}: ${objects.map(({ metadata }) => metadata["name"]).join(" ")}`);
        reviews.push(review.apiVersion);
        const boats = objects.map((boat) => structuredClone(converted(boat, to)));
        const result = { uid, result: { status: "Success" }, convertedObjects: boats };
        const answer = bench.twist({ ...review, response: result }, boats, response);
        if (answer) response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
      },
      { dnsNames: ["hook.test"] },
    ),
  );
  const api = stack.use(await startTestServer({ dialer: hooks.dialer }));
  const owned = stack.move();
  const bench: Bench = {
    api,
    asked,
    reviews,
    twist: good,
    async define(storage, conversionReviewVersions = ["v1"]) {
      const versions = [
        versionOf("v1", { at: { ...text, pattern: "/" } }, { storage: storage === "v1" }),
        versionOf("v2", { lat: text, lon: text }, { storage: storage === "v2" }),
      ];
      const clientConfig = { url: "https://hook.test/boats", caBundle: hooks.caBundle };
      const conversion = { strategy: "Webhook", webhook: { conversionReviewVersions, clientConfig } };
      await establish(api, boatDefinition(versions, { conversion }));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  return bench;
}

const boat = (version: string, name: string, spec: object) => ({
  apiVersion: `example.org/${version}`,
  kind: "Boat",
  metadata: { name },
  spec,
});

const specOf = ({ body }: { readonly body: object }): unknown => (body as Partial<Boat>).spec;
const messageOf = ({ body }: { readonly body: object }): unknown => (body as { message?: string }).message;

test("objects are read and written in either version, and the webhook is asked in one go", async () => {
  await using bench = await startBench();
  const { api, asked } = bench;
  await bench.define("v1");
  await ask(api, "POST", V1, boat("v1", "a", { at: "1/2" }));
  await ask(api, "POST", V1, boat("v1", "b", { at: "3/4" }));
  assert.deepEqual(asked, [], "nobody is asked for the version that is stored");

  const { body } = await ask(api, "GET", V2);
  assert.deepEqual(
    (body["items"] as Boat[]).map(({ apiVersion, spec }) => ({ apiVersion, spec })),
    [
      { apiVersion: "example.org/v2", spec: { lat: "1", lon: "2" } },
      { apiVersion: "example.org/v2", spec: { lat: "3", lon: "4" } },
    ],
  );
  assert.deepEqual(asked.splice(0), ["v2: a b"]);
  await ask(api, "GET", `${V2}/a`);
  assert.deepEqual(asked, [], "what has been converted is known");

  const created = await ask(api, "POST", V2, boat("v2", "c", { lat: "5", lon: "6" }));
  assert.equal(created.status, 201, JSON.stringify(created.body));
  assert.deepEqual(specOf(created), { lat: "5", lon: "6" });
  assert.deepEqual(specOf(await ask(api, "GET", `${V1}/c`)), { at: "5/6" });
  const changed = await ask(api, "PATCH", `${V2}/a`, { spec: { lat: "9" } });
  assert.deepEqual(specOf(changed), { lat: "9", lon: "2" });
  assert.deepEqual(specOf(await ask(api, "GET", `${V1}/a`)), { at: "9/2" });
});

test("what was stored in another version is read, and rewritten when it is written", async () => {
  await using bench = await startBench();
  const { api, asked } = bench;
  await bench.define("v1");
  await ask(api, "POST", V1, boat("v1", "old", { at: "1/2" }));
  await bench.define("v2");
  await ask(api, "POST", V2, boat("v2", "new", { lat: "3", lon: "4" }));
  assert.deepEqual(asked, []);

  assert.deepEqual(specOf(await ask(api, "GET", `${V1}/old`)), { at: "1/2" });
  assert.deepEqual(asked.splice(0), [], "it is as it was stored");
  for (const [url, specs] of [
    [V1, [{ at: "3/4" }, { at: "1/2" }]],
    [
      V2,
      [
        { lat: "3", lon: "4" },
        { lat: "1", lon: "2" },
      ],
    ],
  ] as const) {
    const { body } = await ask(api, "GET", url);
    assert.deepEqual(
      (body["items"] as Boat[]).map(({ spec }) => spec),
      specs,
    );
  }
  assert.deepEqual(asked.splice(0), ["v1: new", "v2: old"]);

  const same = await ask(api, "PATCH", `${V1}/old`, {});
  assert.equal(same.status, 200, JSON.stringify(same.body));
  const value = await api.store.get("/registry/example.org/boats/default/old");
  const stored = JSON.parse(Buffer.from(value!.value).toString()) as Boat;
  assert.equal(stored.apiVersion, "example.org/v2");
  assert.deepEqual(stored.spec, { lat: "1", lon: "2" });
});

test("an object goes, whatever version it was stored in, but not on the word of nobody", async () => {
  await using bench = await startBench();
  const { api } = bench;
  await bench.define("v1");
  await ask(api, "POST", V1, boat("v1", "old", { at: "1/2" }));
  await bench.define("v2");
  bench.twist = (_review, _boats, response) => void response.writeHead(500).end("asleep");
  const refused = await ask(api, "DELETE", `${V1}/old`);
  assert.equal(refused.status, 500);
  assert.match(String(messageOf(refused)), /^conversion webhook for example.org\/v1, Kind=Boat failed: /);
  bench.twist = good;
  assert.equal((await ask(api, "DELETE", `${V1}/old`)).status, 200);
  assert.equal((await ask(api, "GET", `${V1}/old`)).status, 404);
});

test("of an object's metadata a webhook changes labels and annotations alone, and what the version does not know is dropped", async () => {
  await using bench = await startBench();
  const { api } = bench;
  await bench.define("v1");
  await ask(api, "POST", V1, boat("v1", "a", { at: "1/2" }));
  bench.twist = (review, [one]) => {
    Object.assign(one!.metadata, { labels: { l: "1" }, annotations: { n: "2" }, generation: 77, finalizers: ["a/b"] });
    one!.spec["unknown"] = true;
    return review;
  };
  const read = await ask(api, "GET", `${V2}/a`);
  const { metadata, spec } = read.body as unknown as Boat;
  assert.deepEqual([metadata["labels"], metadata["annotations"]], [{ l: "1" }, { n: "2" }]);
  assert.deepEqual([metadata["generation"], metadata["finalizers"]], [1, undefined]);
  assert.deepEqual(spec, { lat: "1", lon: "2" });
});

const asV2 = "conversion webhook for example.org/v1, Kind=Boat";
const refusals: Record<string, readonly [Twist, string]> = {
  "says no": [
    (review) => ({ ...review, response: responseOf(review, { result: { status: "Failure", message: "no way" } }) }),
    "failed: no way",
  ],
  "says no without a word": [
    (review) => ({ ...review, response: responseOf(review, { result: { status: "Failure" } }) }),
    "failed: response.result.status was 'Failure', not 'Success'",
  ],
  "says nothing of success": [
    (review) => ({ ...review, response: responseOf(review, { result: undefined }) }),
    "failed: response.result.status was '', not 'Success'",
  ],
  "has no response": [(review) => ({ ...review, response: undefined }), "failed: no response provided"],
  "answers in another version": [
    (review) => ({ ...review, apiVersion: "apiextensions.k8s.io/v1beta1" }),
    "failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got apiextensions.k8s.io/v1beta1, Kind=ConversionReview",
  ],
  "gives back fewer": [
    (review) => ({ ...review, response: responseOf(review, { convertedObjects: [] }) }),
    "returned 0 objects, expected 1",
  ],
  "gives back more": [
    (review, boats) => ({ ...review, response: responseOf(review, { convertedObjects: [boats[0], boats[0]] }) }),
    "returned 2 objects, expected 1",
  ],
  "gives back another version": [
    twisted((one) => (one.apiVersion = "example.org/v3")),
    "returned invalid object at index 0: invalid groupVersion (expected example.org/v2, received example.org/v3)",
  ],
  "gives back another kind": [
    twisted((one) => (one.kind = "Ship")),
    "returned invalid object at index 0: invalid kind (expected Boat, received Ship)",
  ],
  "gives back another object": [
    twisted((one) => (one.metadata["name"] = "b")),
    "returned invalid object: must have the same name: a != b",
  ],
  "moves it": [
    twisted((one) => (one.metadata["namespace"] = "b")),
    "returned invalid object: must have the same namespace: default != b",
  ],
  "gives back no metadata": [
    twisted((one) => delete (one as Partial<Boat>).metadata),
    "returned invalid object: must have the same name: a != ",
  ],
  "labels with what is no text": [
    twisted((one) => (one.metadata["labels"] = { l: 1 })),
    "returned invalid metadata: metadata.labels[l] must be a string, but is int64 in converted object",
  ],
  "has a text for labels": [
    twisted((one) => (one.metadata["labels"] = "l")),
    "returned invalid metadata: invalid metadata.labels of type string in converted object",
  ],
};

const responseOf = ({ response }: Review, more: object): object => ({ ...(response as object), ...more });

function twisted(twist: (boat: Boat) => unknown): Twist {
  return (review, [one]) => {
    twist(one!);
    return review;
  };
}

for (const [what, [twist, message]] of Object.entries(refusals)) {
  test(`nothing is taken from a webhook that ${what}`, async () => {
    await using bench = await startBench();
    await bench.define("v1");
    await ask(bench.api, "POST", V1, boat("v1", "a", { at: "1/2" }));
    bench.twist = twist;
    const refused = await ask(bench.api, "GET", `${V2}/a`);
    assert.deepEqual([refused.status, messageOf(refused)], [500, `${asV2} ${message}`]);
    bench.twist = good;
    assert.equal((await ask(bench.api, "GET", `${V2}/a`)).status, 200, "and it is asked again");
  });
}

test("a webhook answers what it was asked, under the id of the question", async () => {
  await using bench = await startBench();
  await bench.define("v1");
  await ask(bench.api, "POST", V1, boat("v1", "a", { at: "1/2" }));
  bench.twist = (review) => ({ ...review, response: responseOf(review, { uid: "other" }) });
  const refused = await ask(bench.api, "GET", `${V2}/a`);
  assert.match(String(messageOf(refused)), /failed: expected response.uid="[0-9a-f-]{36}", got "other"$/);
});

test("a webhook is asked in the first of its versions that is known here", async () => {
  await using bench = await startBench();
  await bench.define("v1", ["v7", "v1beta1", "v1"]);
  await ask(bench.api, "POST", V1, boat("v1", "a", { at: "1/2" }));
  bench.twist = (review) => ({ ...review, response: responseOf(review, { uid: "" }) });
  assert.equal((await ask(bench.api, "GET", `${V2}/a`)).status, 200, "of v1beta1 no id is asked for");
  assert.deepEqual(bench.reviews, ["apiextensions.k8s.io/v1beta1"]);
});

test("a watch whose objects cannot be converted ends with an error, and says no more", async () => {
  await using bench = await startBench();
  const { api } = bench;
  await bench.define("v1");
  await ask(api, "POST", V1, boat("v1", "a", { at: "1/2" }));
  const url = `${V2}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
  bench.twist = (review) => ({ ...review, response: responseOf(review, { result: {} }) });
  const { status, text: told } = await api.send({ url });
  assert.equal(status, 200);
  const events = told
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string; object: { code: number } });
  assert.deepEqual(
    events.map(({ type, object }) => [type, object.code]),
    [["ERROR", 500]],
  );
});

test("many objects are asked about in several questions", async () => {
  await using bench = await startBench();
  const { api, asked } = bench;
  await bench.define("v1");
  for (let i = 0; i < 501; i++) await ask(api, "POST", V1, boat("v1", `b${i}`, { at: `${i}/0` }));
  const { body } = await ask(api, "GET", V2);
  assert.equal((body["items"] as Boat[]).length, 501);
  assert.deepEqual(
    asked.map((one) => one.split(" ").length - 1),
    [500, 1],
  );
  assert.ok((body["items"] as Boat[]).every(({ metadata, spec }) => metadata["name"] === `b${String(spec["lat"])}`));
});
