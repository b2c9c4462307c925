import type { RawRequest } from "../test-server.ts";
import { configMap } from "./config-map.ts";
import { deep, LONG, short, type Json } from "./filling.ts";
import { shape, text, type HostileShape } from "./hostile-shape.ts";
import { PATCHES } from "./patch-types.ts";
import { pods } from "./pod.ts";

const patchOf = (operations: unknown): RawRequest => ({
  method: "PATCH",
  url: `${configMap.url}/target`,
  headers: { "content-type": PATCHES.json },
  ...text(operations),
});
const podPatch = (spec: Json): RawRequest => ({
  method: "PATCH",
  url: `${pods}/target`,
  headers: { "content-type": PATCHES.strategic },
  ...text({ spec }),
});

export function* jsonPatches(): Generator<HostileShape> {
  yield shape("JSON patch of moves", (filling) =>
    patchOf([
      { op: "add", path: "/data", value: filling.map((i) => `a${short(i)}`, "", 1 / 2) },
      ...Array(9000).fill({ op: "move", from: "/data", path: "/binaryData" }),
    ]),
  );
  yield shape("JSON patch of copies", () =>
    patchOf([
      { op: "add", path: "/data", value: { a: "x".repeat(1_000_000) } },
      ...Array.from({ length: 9000 }, (_, i) => ({ op: "copy", from: "/data", path: `/${short(i)}` })),
    ]),
  );
  yield shape("JSON patch of copies into themselves", () =>
    patchOf([{ op: "add", path: "/x", value: [0] }, ...Array(9000).fill({ op: "copy", from: "/x", path: "/x/-" })]),
  );
  yield shape("JSON patch of tests", (filling) =>
    patchOf([
      { op: "add", path: "/data", value: filling.map((i) => `a${short(i)}`, "", 1 / 4) },
      { op: "copy", from: "/data", path: "/binaryData" },
      ...Array(9000).fill({ op: "test", path: "/data", value: {} }),
    ]),
  );
  yield shape("JSON patch of insertions", () =>
    patchOf([
      { op: "add", path: "/x", value: Array(700_000).fill(0) },
      ...Array(9000).fill({ op: "add", path: "/x/0", value: 1 }),
    ]),
  );
  yield shape("JSON patch of removals", () =>
    patchOf([
      { op: "add", path: "/x", value: Array(1_000_000).fill(0) },
      ...Array(9000).fill({ op: "remove", path: "/x/0" }),
    ]),
  );
  yield shape("JSON patch of list moves", () =>
    patchOf([
      { op: "add", path: "/x", value: Array(700_000).fill(0) },
      ...Array(9000).fill({ op: "move", from: "/x/0", path: "/x/699999" }),
    ]),
  );
  yield shape("JSON patch of many operations", (filling) =>
    patchOf(filling.items(() => ({ op: "test", path: "", value: 0 }))),
  );
  yield shape("JSON patch of a long path", () => patchOf([{ op: "add", path: "/a".repeat(LONG / 2), value: 0 }]));
  yield shape("JSON patch of escapes", () => patchOf([{ op: "add", path: `/${"~1".repeat(LONG / 2)}`, value: 0 }]));
  yield shape("JSON patch of deep tests", () =>
    patchOf([{ op: "add", path: "/x", value: deep(5000) }, ...Array(9000).fill({ op: "test", path: "/x", value: {} })]),
  );
  yield shape("a deep merge patch", () => ({
    ...patchOf([]),
    headers: { "content-type": PATCHES.merge },
    ...text({ data: deep(9000) }),
  }));
  yield shape("a deep strategic patch", () => ({
    ...patchOf([]),
    headers: { "content-type": PATCHES.strategic },
    ...text({ data: deep(9000) }),
  }));
  yield shape("strategic patch of deletions", (filling) =>
    podPatch({ containers: filling.items((i) => ({ name: short(i), $patch: "delete" })) }),
  );
  yield shape("strategic patch of an order", (filling) =>
    podPatch({ "$setElementOrder/containers": filling.items((i) => ({ name: short(i) })) }),
  );
}

export function* moreJsonPatches(): Generator<HostileShape> {
  yield shape("strategic patch of an order and its items", (filling) =>
    podPatch({
      "$setElementOrder/containers": filling.items((i) => ({ name: short(i) }), 1 / 2),
      containers: filling.items((i) => ({ name: short(i) }), 1 / 2),
    }),
  );
  yield shape("strategic patch of items of one name", (filling) =>
    podPatch({ containers: filling.items(() => ({ name: "a" })) }),
  );
  yield shape("strategic patch of primitive deletions", (filling) => ({
    ...podPatch({}),
    ...text({ metadata: { "$deleteFromPrimitiveList/finalizers": filling.items(short) } }),
  }));
  yield shape("strategic patch of kept keys", (filling) => podPatch({ $retainKeys: filling.items(short) }));
}
