import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultStorageClassOf } from "./default-class.ts";
import type { V1StorageClass } from "./storageclass.gen.ts";

const GA = "storageclass.kubernetes.io/is-default-class";
const BETA = "storageclass.beta.kubernetes.io/is-default-class";

const made = (
  name: string,
  minute: number,
  annotations: Record<string, string> = { [GA]: "true" },
): V1StorageClass => ({
  metadata: { name, creationTimestamp: `2030-01-01T00:0${minute}:00Z`, annotations },
  provisioner: "p",
});

const CASES: readonly [what: string, classes: readonly V1StorageClass[], chosen: string | undefined][] = [
  ["none says that it is the default", [made("a", 1, {}), made("b", 1, { [GA]: "false" })], undefined],
  ["the newest", [made("a", 1), made("b", 3), made("c", 2)], "b"],
  ["the first by name of the same age", [made("b", 1), made("a", 1), made("c", 1)], "a"],
  ["by the annotation of old, too", [made("a", 1, { [BETA]: "true" })], "a"],
];

for (const [what, classes, chosen] of CASES) {
  test(`The default class: ${what}`, () => assert.equal(defaultStorageClassOf(classes)?.metadata.name, chosen));
}
