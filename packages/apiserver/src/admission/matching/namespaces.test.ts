import assert from "node:assert/strict";
import { test } from "node:test";
import { Namespace, Node, Pod } from "@dingi/api";
import { parseLabelSelector } from "@dingi/apimachinery";
import type { StoreFeed } from "../../cacher/store-feed.ts";
import type { AdmissionAttributes } from "../attributes.ts";
import { Namespaces } from "./namespaces.ts";

/** Of namespaces that are known, and of those that come when the cache is waited for. */
function bench(known: Record<string, object>, late: Record<string, object> = {}) {
  const state = { waits: 0 };
  const all = { ...known };
  const feed = {
    cache: () => ({ get: (name: string) => all[name] && { object: { metadata: { name, labels: all[name] } } } }),
    waitUntilFresh: () => {
      state.waits++;
      return Promise.resolve(void Object.assign(all, late));
    },
  } as unknown as StoreFeed;
  return { state, namespaces: new Namespaces(feed) };
}

const write = (more: object = {}) =>
  ({
    kind: Pod,
    operation: "CREATE",
    subresource: "",
    namespace: "n",
    name: "p",
    ...more,
  }) as unknown as AdmissionAttributes;
const A = parseLabelSelector("a=b");

test("a namespace that is known is found at once, and one that has just been made after a while", async () => {
  const { namespaces, state } = bench({ n: {} }, { m: {} });
  assert.equal((await namespaces.find("n", write())).metadata.name, "n");
  assert.equal(state.waits, 0);
  assert.equal((await namespaces.find("m", write())).metadata.name, "m");
  assert.equal(state.waits, 1);
  await assert.rejects(namespaces.find("x", write()), { code: 404, message: 'namespaces "x" not found' });
});

test("an object is chosen by its namespace's labels", async () => {
  const { namespaces } = bench({ n: { a: "b" }, m: {} });
  assert.equal(await namespaces.matches(A, write()), true);
  assert.equal(await namespaces.matches(A, write({ namespace: "m" })), false);
  await assert.rejects(namespaces.matches(A, write({ namespace: "x" })), { code: 404 });
});

test("who chooses everything asks for no namespace, and what lies in none is always chosen", async () => {
  const { namespaces, state } = bench({});
  assert.equal(await namespaces.matches(parseLabelSelector(""), write()), true);
  assert.equal(await namespaces.matches(A, write({ kind: Node, namespace: "" })), true);
  assert.equal(state.waits, 0);
});

test("a namespace is chosen by the labels that it is to have, or has where nothing of it is written", async () => {
  const { namespaces } = bench({ n: { a: "b" } });
  const about = (more: object) => write({ kind: Namespace, namespace: "", name: "n", ...more });
  const object = (labels: object) => ({ metadata: { name: "n", labels } });
  for (const operation of ["CREATE", "UPDATE"]) {
    assert.equal(await namespaces.matches(A, about({ operation, object: object({ a: "b" }) })), true);
    assert.equal(await namespaces.matches(A, about({ operation, object: object({ a: "c" }) })), false);
  }
  assert.equal(await namespaces.matches(A, about({ operation: "DELETE" })), true);
  const status = { operation: "UPDATE", subresource: "status", object: object({ a: "c" }) };
  assert.equal(await namespaces.matches(A, about(status)), true);
  const made = { metadata: { generateName: "n-", labels: { a: "c" } } };
  assert.equal(await namespaces.matches(A, about({ object: made })), false, "also where its name was just made up");
});
