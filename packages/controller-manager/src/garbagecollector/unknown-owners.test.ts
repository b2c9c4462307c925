import assert from "node:assert/strict";
import { test } from "node:test";
import { UnknownOwners } from "./unknown-owners.ts";

const ownerOf = (kind: string, apiVersion = "example.org/v1") => ({ apiVersion, kind, name: "a", uid: "a" });
const isBoat = (apiVersion: string, kind: string) => apiVersion === "example.org/v1" && kind === "Boat";

test("those who wait for a kind are told once it is known, once", () => {
  const unknown = new UnknownOwners();
  unknown.add("one", ownerOf("Boat"));
  unknown.add("one", ownerOf("Raft"));
  unknown.add("two", ownerOf("Boat"));
  unknown.add("three", ownerOf("Raft"));
  unknown.add("four", ownerOf("Boat", "example.org/v2"));
  assert.deepEqual(unknown.take(isBoat), ["one", "two"]);
  assert.deepEqual(unknown.take(isBoat), []);
  assert.deepEqual(
    unknown.take(() => true),
    ["three", "four"],
  );
});

test("what is gone waits for nothing", () => {
  const unknown = new UnknownOwners();
  unknown.add("one", ownerOf("Boat"));
  unknown.forget("one");
  unknown.forget("never");
  assert.deepEqual(unknown.take(isBoat), []);
});
