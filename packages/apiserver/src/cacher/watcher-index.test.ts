import assert from "node:assert/strict";
import { test } from "node:test";
import { Node, Pod } from "@dingi/api";
import { parseFieldSelector, type AnyKind } from "@dingi/apimachinery";
import { CacheEvent } from "./cache-event.ts";
import type { Selection } from "./selection.ts";
import { Stored } from "./stored.ts";
import { WatcherIndex } from "./watcher-index.ts";

const POD = Pod as unknown as AnyKind;

function podOn(nodeName: string, { name = "p", namespace = "n" } = {}): Stored {
  const object = { apiVersion: "v1", kind: "Pod", metadata: { name, namespace }, spec: { nodeName } };
  return new Stored(POD, `${namespace}/${name}`, { object, revision: 1, body: new Uint8Array() });
}

const created = (stored: Stored) => new CacheEvent(1, stored, undefined);
const deleted = (stored: Stored) => new CacheEvent(2, undefined, stored);

const WATCHERS = {
  everything: ["", ""],
  namespace: ["n", ""],
  "other namespace": ["m", ""],
  object: ["n", "metadata.name=p"],
  "object by both fields": ["", "metadata.name=p,metadata.namespace=n"],
  "other object": ["n", "metadata.name=q"],
  "objects of a name": ["", "metadata.name=p"],
  "node a": ["", "spec.nodeName=a"],
  "node b in the namespace": ["n", "spec.nodeName=b"],
  "not node a": ["", "spec.nodeName!=a"],
} as const;

const watcherOf = (name: keyof typeof WATCHERS) => {
  const [namespace, fields] = WATCHERS[name];
  const selection: Selection = { namespace, ...(fields === "" ? {} : { fields: parseFieldSelector(fields) }) };
  return { name, selection };
};

function indexOfAll() {
  const index = new WatcherIndex<ReturnType<typeof watcherOf>>(POD);
  const removals = (Object.keys(WATCHERS) as (keyof typeof WATCHERS)[]).map((name) => index.add(watcherOf(name)));
  return { index, removals, told: (event: CacheEvent) => [...index.interested(event)].map(({ name }) => name).sort() };
}

const ANYWHERE = ["everything", "not node a", "objects of a name"];
const OF_P = ["object", "object by both fields"];

for (const [title, event, wanted] of [
  ["a pod on a node", created(podOn("a")), [...ANYWHERE, ...OF_P, "namespace", "node a"]],
  ["a pod that is gone", deleted(podOn("a")), [...ANYWHERE, ...OF_P, "namespace", "node a"]],
  [
    "a pod that has come from another node",
    new CacheEvent(2, podOn("b"), podOn("a")),
    [...ANYWHERE, ...OF_P, "namespace", "node a", "node b in the namespace"],
  ],
  ["a pod of another namespace", created(podOn("", { namespace: "m" })), [...ANYWHERE, "other namespace"]],
  ["another pod", created(podOn("a", { name: "q" })), [...ANYWHERE, "namespace", "node a", "other object"]],
] as const)
  test(`${title} is told to those who may want it, once`, () => {
    assert.deepEqual(indexOfAll().told(event), [...wanted].sort());
  });

test("a pod that stays on its node is told once to those who watch the node", () => {
  const { told } = indexOfAll();
  const heard = told(new CacheEvent(2, podOn("a"), podOn("a")));
  assert.equal(heard.filter((name) => name === "node a").length, 1);
});

test("who has left is told nothing, and others of the same place still are", () => {
  const { index, removals, told } = indexOfAll();
  const stay = watcherOf("namespace");
  index.add(stay);
  assert.equal(index.size, removals.length + 1);
  for (const remove of removals) {
    remove();
    remove();
  }
  assert.equal(index.size, 1);
  assert.deepEqual(told(created(podOn("a"))), ["namespace"]);
});

test("an object of no namespace is found by its name", () => {
  const index = new WatcherIndex<{ selection: Selection }>(Node as unknown as AnyKind);
  const watcher = { selection: { namespace: "", fields: parseFieldSelector("metadata.name=w") } };
  index.add(watcher);
  const node = (name: string) =>
    created(
      new Stored(Node as unknown as AnyKind, name, {
        object: { apiVersion: "v1", kind: "Node", metadata: { name } },
        revision: 1,
        body: new Uint8Array(),
      }),
    );
  assert.deepEqual([...index.interested(node("w"))], [watcher]);
  assert.deepEqual([...index.interested(node("v"))], []);
});
