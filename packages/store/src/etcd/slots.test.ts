import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "@dingi/base";
import { Slots } from "./slots.ts";

test("no more run at once than there are slots, and a failure frees its own", async () => {
  const slots = new Slots(2);
  const begun: number[] = [];
  const works = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const running = works.map(({ promise }, i) =>
    slots.run(async () => {
      begun.push(i);
      await promise;
    }),
  );
  await settle();
  assert.deepEqual(begun, [0, 1]);
  works[1]!.reject(new Error("no"));
  await assert.rejects(running[1]!, /no/);
  assert.deepEqual(begun, [0, 1, 2]);
  for (const { resolve } of works) resolve();
  await Promise.all([running[0], running[2], running[3]]);
  assert.deepEqual(begun, [0, 1, 2, 3]);
});
