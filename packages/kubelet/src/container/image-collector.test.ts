import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerRuntime, Image } from "@dingi/cri";
import { FakeClock, silentLogger } from "@dingi/base";
import { ImageCollector } from "./image-collector.ts";

const MINUTE = 60_000;

function imageOf(id: string, size: number, more: Partial<Image> = {}): Image {
  return { id, size, repoTags: [`${id}:1`], repoDigests: [], uid: undefined, username: "", pinned: false, ...more };
}

function setup(images: Image[], availablePercent: number) {
  const clock = new FakeClock();
  const state = { images, used: [] as string[], mounted: [] as string[], available: availablePercent };
  const cri = {
    images: {
      imageStatus: ({ image }: { image: string }) =>
        Promise.resolve(state.images.find(({ repoTags }) => repoTags.includes(image))),
      listImages: () => Promise.resolve(state.images),
      removeImage: ({ image }: { image: string }) => {
        state.images = state.images.filter(({ id }) => id !== image);
        return Promise.resolve();
      },
    },
    runtime: {
      listContainers: () =>
        Promise.resolve(state.used.map((imageRef) => ({ imageRef, imageId: imageRef, image: { image: imageRef } }))),
    },
  } as unknown as ContainerRuntime;
  const host = {
    usage: () =>
      Promise.resolve({
        timeMs: 0,
        cpuNanoseconds: 0,
        memoryWorkingSetBytes: 0,
        memoryAvailableBytes: 0,
        fsCapacityBytes: 100,
        fsAvailableBytes: state.available,
      }),
  };
  const collector = new ImageCollector({
    cri,
    host,
    clock,
    logger: silentLogger,
    keep: ["kept:1"],
    mounted: () => state.mounted,
  });
  return { clock, state, collect: () => collector.collect(new AbortController().signal) };
}

test("below the threshold all images stay", async () => {
  const { clock, collect } = setup([imageOf("a", 10)], 16);
  await collect();
  await clock.advance(10 * MINUTE);
  assert.deepEqual(await collect(), []);
});

test("from 85 percent on, those unused for longest go until 80 percent are reached", async () => {
  const { clock, state, collect } = setup([imageOf("b", 4), imageOf("a", 4), imageOf("c", 4), imageOf("d", 4)], 50);
  state.used = ["a", "d"];
  await collect();
  await clock.advance(5 * MINUTE);
  state.used = ["b"];
  await collect();
  await clock.advance(5 * MINUTE);
  state.used = ["d"];
  state.available = 15;
  assert.deepEqual(await collect(), ["c:1", "a:1"], "c was never used, and a before b");
});

test("what is used, pinned, kept or too new stays, however full the disk is", async () => {
  const { clock, state, collect } = setup(
    [imageOf("used", 10), imageOf("pinned", 10, { pinned: true }), imageOf("kept", 10)],
    1,
  );
  state.used = ["used"];
  await collect();
  await clock.advance(5 * MINUTE);
  state.images = [...state.images, imageOf("new", 10)];
  assert.deepEqual(await collect(), []);
  await clock.advance(2 * MINUTE - 1);
  assert.deepEqual(await collect(), []);
  await clock.advance(1);
  assert.deepEqual(await collect(), ["new:1"]);
});

test("what pods mount as volumes stays", async () => {
  const { clock, state, collect } = setup([imageOf("a", 10), imageOf("b", 10)], 5);
  state.mounted = ["a:1", "gone:1"];
  await collect();
  await clock.advance(5 * MINUTE);
  assert.deepEqual(await collect(), ["b:1"]);
});
