import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeWith, podWith, scoresOf } from "../scheduler-fixture.ts";
import { imageLocality } from "./image-locality.ts";

const MB = 1024 * 1024;
const has = (name: string, size: number) => ({
  images: [{ names: [`${name}:latest`], sizeBytes: BigInt(size) as never }],
});

test("prefers nodes that have the images, the larger the more, but less where few have them", () => {
  const pod = podWith({ containers: [{ name: "a", image: "web" }] });
  const one = [nodeWith("a", has("web", 1000 * MB)), nodeWith("b", {})];
  assert.deepEqual(scoresOf(imageLocality, pod, one), [48, 0]);
  const both = [nodeWith("a", has("web", 1000 * MB)), nodeWith("b", has("web", 1000 * MB))];
  assert.deepEqual(scoresOf(imageLocality, pod, both), [100, 100]);
  assert.deepEqual(scoresOf(imageLocality, pod, [nodeWith("a", has("web", 20 * MB))]), [0]);
  assert.deepEqual(scoresOf(imageLocality, pod, [nodeWith("a", has("web:2", 1000 * MB))]), [0]);
});
