import assert from "node:assert/strict";
import { test } from "node:test";
import { compareOutcomes, groupDifferences, outcomesOf } from "./compare.ts";
import type { Recording } from "./recorder.ts";
import type { Manifest } from "./source.ts";

function manifest(given: Partial<Manifest> = {}): Manifest {
  const one = { from: "a.yaml#1", text: "", apiVersion: "v1", kind: "ConfigMap", namespace: "", name: "a" };
  return { ...one, isGenerated: false, ...given };
}

const POD_URL = "/api/v1/namespaces/default/pods";

function recording(given: Partial<Recording> & { readonly status?: number; readonly body?: string } = {}): Recording {
  const { status = 201, ...rest } = given;
  const answer = { status, headers: { "content-type": "application/json" }, text: '{"kind":"ConfigMap"}' };
  return {
    method: "POST",
    url: "/api/v1/namespaces/default/configmaps?dryRun=All",
    body: bodyOf("a"),
    answer,
    ...rest,
  };
}

const bodyOf = (name: string, kind = "ConfigMap") => JSON.stringify({ kind, metadata: { name } });
const answerOf = (text: string, warning?: string) => ({
  status: 422,
  headers: { "content-type": "application/json", warning },
  text,
});

/** What is found when one side answers so, and the other otherwise. */
function compare(ours: Partial<Recording>, upstream: Partial<Recording>, of = manifest()): string | undefined {
  const outcome = (given: Partial<Recording>) => ({ manifest: of, recordings: [recording(given)] });
  return compareOutcomes(outcome(ours), outcome(upstream))?.text;
}

test("A recording is of the manifest whose name, kind and namespace it has", () => {
  const manifests = [
    manifest(),
    manifest({ name: "b" }),
    manifest({ namespace: "other" }),
    manifest({ kind: "Pod" }),
    manifest({ kind: "NetworkPolicy", apiVersion: "networking.k8s.io/v1" }),
    manifest({ name: "g-", isGenerated: true }),
  ];
  const recordings = [
    recording({ method: "GET", url: `${POD_URL}/a`, body: "" }),
    recording({ url: POD_URL, body: bodyOf("a", "Pod") }),
    recording({ body: bodyOf("b") }),
    recording({ method: "PATCH", url: "/api/v1/namespaces/default/configmaps/a?fieldManager=kubectl" }),
    recording({ url: "/api/v1/namespaces/other/configmaps" }),
    recording({ method: "PATCH", url: "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies/a", body: "" }),
    recording({ body: JSON.stringify({ kind: "ConfigMap", metadata: { generateName: "g-" } }) }),
    recording({ method: "GET", url: "/api/v1/namespaces/default/serviceaccounts/a", body: "" }),
  ];
  const found = outcomesOf(manifests, recordings).map((one) => one.recordings.map((own) => recordings.indexOf(own)));
  assert.deepEqual(found, [[3], [2], [4], [0, 1], [5], [6]]);
});

test("What is the same is no difference, whatever identifiers and times it has", () => {
  assert.equal(compare({}, {}), undefined);
  const text = (uid: string, time: string) =>
    JSON.stringify({ kind: "Pod", metadata: { uid, creationTimestamp: time, resourceVersion: uid.slice(0, 1) } });
  const ours = answerOf(text("1b4e28ba-2fa1-11d2-883f-0016d3cca427", "2030-01-01T00:00:00Z"));
  const upstream = answerOf(text("2b4e28ba-2fa1-11d2-883f-0016d3cca427", "2031-01-01T00:00:00Z"));
  assert.equal(compare({ answer: ours }, { answer: upstream }), undefined);
});

test("A name that the server made is no difference; the rest of what it says is", () => {
  const of = manifest({ name: "g-", isGenerated: true });
  const answer = (name: string, why: string) => answerOf(JSON.stringify({ message: `"${name}" ${why}` }));
  assert.equal(compare({ answer: answer("g-abcde", "x") }, { answer: answer("g-fghij", "x") }, of), undefined);
  assert.match(compare({ answer: answer("g-abcde", "x") }, { answer: answer("g-", "x") }, of)!, /body.message/);
});

for (const [title, ours, upstream, pattern] of [
  ["status", { ...answerOf("{}"), status: 409 }, answerOf("{}"), /^POST: status: ours is 409, upstream's is 422$/],
  ["reason", answerOf('{"reason":"A"}'), answerOf('{"reason":"B"}'), /body.reason: ours is "A", upstream's is "B"/],
  ["warning", answerOf("{}", '299 - "w"'), answerOf("{}"), /headers.warning: ours is .*, upstream's is absent/],
  ["content", answerOf('{"data":{"a":"b"}}'), answerOf('{"data":{}}'), /body.data.a: ours is "b"/],
] as const)
  test(`Another ${title} is a difference`, () => {
    assert.match(compare({ answer: ours }, { answer: upstream }) ?? "", pattern);
  });

test("That errors come in another order is a difference of its own kind", () => {
  const status = (...fields: string[]) =>
    answerOf(JSON.stringify({ message: fields.join(), details: { causes: fields.map((field) => ({ field })) } }));
  const found = compare({ answer: status("b", "a") }, { answer: status("a", "b") });
  assert.equal(found, "POST: the same errors come in another order");
  assert.match(compare({ answer: status("b", "c") }, { answer: status("a", "b") })!, /body.message/);
});

test("Other requests are a difference, too", () => {
  assert.match(compare({ url: "/x" }, {}) ?? "", /^url: ours is "\/x"/);
  assert.match(compare({ body: "x" }, {}) ?? "", /bodies that kubectl sends/);
  const nothing = { manifest: manifest(), recordings: [] };
  const both = { manifest: manifest(), recordings: [recording({ method: "GET" }), recording()] };
  assert.equal(compareOutcomes(nothing, both)?.text, "requests: ours are nothing, upstream's are GET, POST");
  assert.equal(compareOutcomes(both, nothing)?.text, "requests: ours are GET, POST, upstream's are nothing");
  assert.equal(compareOutcomes(nothing, nothing), undefined);
});

test("Differences are of one kind when only names, numbers and places differ; the largest kind comes first", () => {
  const texts = [
    "POST: status: ours is 409, upstream's is 422",
    "POST: body.spec.ports[0].port: ours is 1, upstream's is 2",
    "POST: body.spec.ports[3].port: ours is 77, upstream's is 8080",
    "POST: status: ours is 404, upstream's is 422",
    String.raw`POST: body.message: ours is "pods \"a\" is x", upstream's is "pods \"a\" is y"`,
    String.raw`POST: body.message: ours is "pods \"b\" is x", upstream's is "pods \"b\" is y"`,
    "POST: body.spec.ports[1].port: ours is 1, upstream's is 3",
  ];
  const groups = groupDifferences(texts.map((text) => ({ manifest: manifest(), text })));
  assert.deepEqual(
    groups.map(({ differences }) => differences.length),
    [3, 2, 1, 1],
  );
});
