import assert from "node:assert/strict";
import { test } from "node:test";
import { countVisits } from "./count-visits.ts";

const many = Array.from({ length: 1000 }, (_, i) => i);

const walks: Record<string, () => unknown> = {
  "for of": () => {
    for (const _item of many);
  },
  spread: () => [...many],
  filter: () => many.filter(() => false),
  find: () => many.find((item) => item === 999),
  "a map's values": () => [...new Map(many.map((item) => [item, item])).values()],
  "a set": () => new Set(many).forEach(() => {}),
};

for (const [name, walk] of Object.entries(walks))
  test(`sees ${name}`, async () => assert.ok((await countVisits(walk)) >= 1000));

test("sees nothing where nothing is gone through, and lets go afterwards", async () => {
  const map = new Map(many.map((item) => [item, item]));
  const before = Array.prototype.filter;
  assert.equal(await countVisits(() => map.get(5)), 0);
  assert.equal(Array.prototype.filter, before);
});

test("counts what goes on until a promise is done", async () => {
  assert.ok((await countVisits(async () => void (await Promise.resolve(), [...many]))) >= 1000);
});
