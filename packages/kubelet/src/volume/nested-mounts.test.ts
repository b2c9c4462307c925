import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { nestedMountPoints } from "./nested-mounts.ts";

const pod = (...containers: Record<string, string>[]): V1Pod =>
  ({
    metadata: { name: "p" },
    spec: {
      containers: containers.map((mounts) => ({
        name: "c",
        volumeMounts: Object.entries(mounts).map(([mountPath, name]) => ({ mountPath, name })),
      })),
    },
  }) as unknown as V1Pod;

const CASES: readonly [title: string, containers: Record<string, string>[], expected: string[]][] = [
  ["nothing below it", [{ "/a": "v", "/ab": "other", "/b": "other" }], []],
  ["below it", [{ "/a": "v", "/a/b/c": "other", "/a.b": "other" }], ["b/c"]],
  [
    "below it twice: the outer only",
    [{ "/a": "v", "/a/b": "other", "/a/b/c": "third", "/a/b.d": "third" }],
    ["b", "b.d"],
  ],
  ["mounted twice", [{ "/a": "v", "/z": "v", "/a/b": "other", "/z/c/": "other" }], ["b", "c"]],
  [
    "in several containers",
    [
      { "/a": "v", "/a/b": "o" },
      { "/x": "v", "/x/y": "o" },
      { "/q": "v", "/q/b": "o" },
    ],
    ["b", "y"],
  ],
  ["paths as people write them", [{ "a//": "v", "/a/./b": "other" }], ["b"]],
  ["never above it", [{ "/a": "v", "/a/../etc": "other" }], []],
];

for (const [title, containers, expected] of CASES)
  test(`mount points in a volume: ${title}`, () =>
    assert.deepEqual(nestedMountPoints(pod(...containers), "v"), expected));
