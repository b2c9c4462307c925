import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Draft, KubeObject } from "@dingi/apimachinery";
import { customScale, scaleSpecErrors, scaleStatusErrors } from "./custom-scale.ts";

const PATHS = {
  specReplicasPath: ".spec.size",
  statusReplicasPath: ".status.sizes.now",
  labelSelectorPath: ".status.selector",
};
const scale = customScale(PATHS);
const objectOf = (parts: object) =>
  ({ apiVersion: "a.test/v1", kind: "A", metadata: { name: "a" }, ...parts }) as KubeObject;
const EMPTY = -(2 ** 31);

describe("A custom object's Scale", () => {
  for (const [title, object, wanted] of [
    [
      "has what stands at the paths",
      { spec: { size: 3 }, status: { sizes: { now: 2 }, selector: "a=b" } },
      [3, 2, "a=b"],
    ],
    ["has what stands for nothing where nothing is", {}, [EMPTY, 0, ""]],
    [
      "has nothing where others are than numbers and texts",
      { spec: { size: "3" }, status: { sizes: 1, selector: 1 } },
      [EMPTY, 0, ""],
    ],
    ["has nothing of what all objects have", { spec: [], status: null }, [EMPTY, 0, ""]],
  ] as const)
    test(title, () => {
      const { specReplicas, statusReplicas, selector } = scale.get(objectOf(object)) as unknown as Record<
        string,
        unknown
      >;
      assert.deepEqual([specReplicas, statusReplicas, selector], wanted);
    });

  test("has no selector without a path to it", () => {
    const { labelSelectorPath: _, ...others } = PATHS;
    assert.equal(customScale(others).get(objectOf({ status: { selector: "a=b" } })).selector, "");
  });

  test("can be read where there are replicas", () => {
    scale.checkRead?.(objectOf({ spec: { size: 0 } }));
    const message = 'Internal error occurred: the spec replicas field ".spec.size" does not exist';
    assert.throws(() => scale.checkRead?.(objectOf({ spec: {} })), { code: 500, message });
  });

  test("sets the replicas, and makes the way to them", () => {
    const deep = customScale({ ...PATHS, specReplicasPath: ".spec.sizes.wanted" });
    const draft = objectOf({ spec: { other: 1, sizes: 7 } }) as Draft<KubeObject>;
    deep.setReplicas(draft, 4);
    assert.deepEqual((draft as unknown as { spec: object }).spec, { other: 1, sizes: { wanted: 4 } });
    deep.setReplicas(draft, 5);
    assert.deepEqual((draft as unknown as { spec: object }).spec, { other: 1, sizes: { wanted: 5 } });
    const message = 'the spec replicas field ".spec.sizes.wanted" cannot be empty';
    assert.throws(() => deep.setReplicas(draft, EMPTY), { code: 400, message });
  });
});

describe("Of a custom object that has a Scale it is said", () => {
  const typed = (value: string, type: string) =>
    `.spec.size accessor error: ${value} is of the type ${type}, expected int64`;
  for (const [size, wanted] of [
    [undefined, []],
    [0, []],
    [2 ** 31 - 1, []],
    [2 ** 31, ["should be less than or equal to 2147483647"]],
    [-1, ["should be a non-negative integer"]],
    [-1n, ["should be a non-negative integer"]],
    [2n ** 40n, ["should be less than or equal to 2147483647"]],
    ["3", [typed("3", "string")]],
    [true, [typed("true", "bool")]],
    [null, [typed("<nil>", "<nil>")]],
    [[1], [typed("[1]", "[]interface {}")]],
    [{ a: 1 }, [typed("map[a:1]", "map[string]interface {}")]],
  ] as const)
    test(`the replicas are ${String(size)}`, () => {
      const object = objectOf({ spec: { size } });
      assert.deepEqual(
        scaleSpecErrors(PATHS, object).map(({ detail }) => detail),
        wanted,
      );
      assert.deepEqual(scaleSpecErrors(undefined, object), []);
    });

  test("its status has no number and no text", () => {
    const object = objectOf({ status: { sizes: { now: -1 }, selector: 1.5 } });
    assert.deepEqual(
      scaleStatusErrors(PATHS, object).map(({ detail }) => detail),
      [
        "should be a non-negative integer",
        ".status.selector accessor error: 1.5 is of the type float64, expected string",
      ],
    );
    assert.deepEqual(scaleStatusErrors(undefined, object), []);
    assert.deepEqual(scaleStatusErrors(PATHS, objectOf({ status: { selector: "a" } })), []);
    const { labelSelectorPath: _, ...others } = PATHS;
    assert.deepEqual(scaleStatusErrors(others, objectOf({ status: { selector: 1 } })), []);
  });
});
