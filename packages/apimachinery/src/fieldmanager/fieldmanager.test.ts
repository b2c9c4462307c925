import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalize } from "../codec/canonicalize.ts";
import { copyJson } from "../codec/copy-by-schema.ts";
import { freezeDeep } from "../codec/freeze-deep.ts";
import { StatusError } from "../errors/status-error.ts";
import type { Draft } from "../meta/draft.ts";
import type { V1ManagedFieldsEntry } from "../meta/meta.gen.ts";
import type { KubeObject } from "../meta/object.ts";
import { Deployment, Pod } from "../testdata/pod-schema.ts";
import { inOneVersion } from "../kind/converter.ts";
import { applyServerSide } from "./apply-server-side.ts";
import { decodeManagers } from "./managed.ts";
import { updateManagedFields } from "./update-managed-fields.ts";

/** Why the entries cannot be read. */
function managedFieldsProblem(entries: Parameters<typeof decodeManagers>[0]): string | undefined {
  try {
    decodeManagers(entries);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

interface Spec {
  readonly containers: readonly { readonly name: string; readonly image?: string }[];
  readonly nodeName?: string;
}

const pod = (spec: object, metadata: object = {}): KubeObject =>
  ({ apiVersion: "v1", kind: "Pod", metadata: { name: "p", ...metadata }, spec }) as KubeObject;
const specOf = (object: KubeObject): Spec => (object as KubeObject & { spec: Spec }).spec;
const PODS = inOneVersion("v1", Pod);
const DEPLOYMENTS = inOneVersion("apps/v1", Deployment);
const START = Date.UTC(2026, 0, 1);

/** An object that is written to, a minute at a time. */
class Story {
  live: KubeObject | undefined;
  #nowMs = START;

  #context(manager: string, subresource = "") {
    this.#nowMs += 60_000;
    return { kind: PODS, apiVersion: "v1", live: this.live, manager, subresource, nowMs: this.#nowMs };
  }

  async update(
    manager: string,
    object: KubeObject,
    options: { subresource?: string; resetFields?: string[][] } = {},
  ): Promise<this> {
    const draft = canonicalize(Pod, object) as Draft<KubeObject>;
    draft.metadata.uid = "u";
    await updateManagedFields({
      ...this.#context(manager, options.subresource),
      object: draft,
      resetFields: options.resetFields,
    });
    this.live = freezeDeep(draft);
    return this;
  }

  async apply(manager: string, applied: KubeObject, force = false): Promise<this> {
    const draft = await applyServerSide({ ...this.#context(manager), applied, force });
    draft.metadata.uid = "u";
    this.live = freezeDeep(draft);
    return this;
  }

  /** Manager, operation and fields, briefly. */
  get owners(): Record<string, unknown> {
    const entries = this.live?.metadata.managedFields ?? [];
    return Object.fromEntries(
      entries.map((entry) => [
        `${entry.manager} ${entry.operation}${entry.subresource ? ` ${entry.subresource}` : ""}`,
        entry.fieldsV1,
      ]),
    );
  }
}

const app = (image: string) => ({ name: "app", image });

test("a create owns what it sets, and metadata that the server keeps belongs to nobody", async () => {
  const story = await new Story().update(
    "creator",
    pod(
      { containers: [{ ...app("1"), ports: [{ containerPort: 80 }] }], nodeSelector: { a: "b" }, nodeName: "n" },
      { labels: { x: "1" }, generation: 5 },
    ),
  );
  assert.deepEqual(story.live?.metadata.managedFields, [
    {
      manager: "creator",
      operation: "Update",
      apiVersion: "v1",
      time: "2026-01-01T00:01:00Z",
      fieldsType: "FieldsV1",
      fieldsV1: {
        "f:metadata": { "f:labels": { ".": {}, "f:x": {} } },
        "f:spec": {
          "f:containers": {
            'k:{"name":"app"}': {
              ".": {},
              "f:image": {},
              "f:name": {},
              "f:ports": { ".": {}, 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } },
              "f:resources": {},
            },
          },
          "f:nodeName": {},
          "f:nodeSelector": {},
        },
      },
    },
  ]);
});

test("who changes a field takes it; who writes the same again takes nothing", async () => {
  const story = await new Story().update("a", pod({ containers: [app("1")], nodeName: "n" }));
  await story.update("b", pod({ containers: [app("2")], nodeName: "n" }));
  assert.deepEqual(story.owners["b Update"], {
    "f:spec": { "f:containers": { 'k:{"name":"app"}': { "f:image": {} } } },
  });
  assert.equal(JSON.stringify(story.owners["a Update"]).includes("f:image"), false);
  const before = story.live;
  await story.update("c", pod({ containers: [app("2")], nodeName: "n" }));
  assert.deepEqual(story.live?.metadata.managedFields, before?.metadata.managedFields);
});

test("subresources are owners of their own, and own nothing that is reset", async () => {
  const story = await new Story().update("a", pod({ containers: [] }, { labels: { x: "1" } }));
  await story.update(
    "kubelet",
    {
      ...pod({ containers: [app("1")] }),
      metadata: { name: "p", labels: { x: "1" } },
      status: { phase: "Running" },
    } as KubeObject,
    { subresource: "status", resetFields: [["spec"]] },
  );
  assert.deepEqual(story.owners["kubelet Update status"], { "f:status": { "f:phase": {} } });
});

test("conflicts are told in upstream's words, and force takes the fields", async () => {
  const story = await new Story().update("a", pod({ containers: [app("1")], nodeName: "n" }, { labels: { x: "1" } }));
  const config = pod({ containers: [app("2")] }, { labels: { x: "2" } });
  await assert.rejects(
    () => story.apply("b", config),
    (error) => {
      assert(error instanceof StatusError);
      assert.equal(error.code, 409);
      assert.equal(error.reason, "Conflict");
      assert.equal(
        error.message,
        'Apply failed with 2 conflicts: conflicts with "a" using v1:\n- .metadata.labels.x\n- .spec.containers[name="app"].image',
      );
      assert.deepEqual(error.status.details?.causes?.[1], {
        reason: "FieldManagerConflict",
        message: 'conflict with "a" using v1',
        field: '.spec.containers[name="app"].image',
      });
      return true;
    },
  );
  await story.apply("b", config, true);
  assert.equal(specOf(story.live!).containers[0]!.image, "2");
  assert.deepEqual(story.owners["b Apply"], {
    "f:metadata": { "f:labels": { "f:x": {} } },
    "f:spec": { "f:containers": { 'k:{"name":"app"}': { ".": {}, "f:image": {}, "f:name": {} } } },
  });
});

test("what is applied no more goes, unless others own it", async () => {
  const story = await new Story().apply(
    "a",
    pod({ containers: [app("1"), { name: "side", image: "1" }], nodeName: "n" }, { labels: { x: "1", y: "1" } }),
  );
  await story.apply("b", pod({ containers: [{ name: "side" }] }, { labels: { y: "1" } }));
  await story.apply("a", pod({ containers: [app("1")] }));
  assert.deepEqual(
    specOf(story.live!).containers.map(({ name, image }) => [name, image]),
    [
      ["app", "1"],
      ["side", undefined],
    ],
  );
  assert.equal(specOf(story.live!).nodeName, undefined);
  assert.deepEqual(story.live!.metadata.labels, { y: "1" });
});

test("an apply that changes nothing leaves the object as it is, times too", async () => {
  const config = pod({ containers: [app("1")] }, { labels: { x: "1" } });
  const story = await new Story().apply("a", config);
  const before = copyJson(story.live);
  assert.deepEqual((await story.apply("a", config)).live, before);
});

test("what was there before the first apply has an owner", async () => {
  const story = await new Story().update("a", pod({ containers: [app("1")] }));
  story.live = freezeDeep({ ...story.live!, metadata: { ...story.live!.metadata, managedFields: undefined } });
  await assert.rejects(() => story.apply("b", pod({ containers: [app("2")] })), {
    message:
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .spec.containers[name="app"].image',
  });
  assert.deepEqual(Object.keys((await story.apply("b", pod({ containers: [app("1")] }))).owners), [
    "b Apply",
    "before-first-apply Update",
  ]);
});

test("kubectl may change what it applied from the client, and keeps the annotation in step", async () => {
  const annotation = "kubectl.kubernetes.io/last-applied-configuration";
  const applied = pod({ containers: [app("1")] });
  const story = await new Story().update(
    "kubectl-client-side-apply",
    pod({ containers: [app("1")], nodeName: "n" }, { annotations: { [annotation]: JSON.stringify(applied) } }),
  );
  await assert.rejects(() => story.apply("kubectl", pod({ containers: [app("2")], nodeName: "m" })), {
    message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .spec.nodeName',
  });
  await story.apply("kubectl", pod({ containers: [app("2")] }));
  assert.equal(
    story.live!.metadata.annotations![annotation],
    '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"image":"2","name":"app"}]}}\n',
  );
});

test("owners can be taken away, and are not tracked again until somebody applies", async () => {
  const story = await new Story().update("a", pod({ containers: [] }, { labels: { x: "1" } }));
  for (const managedFields of [[{}], []]) {
    const reset = new Story();
    reset.live = story.live;
    await reset.update("b", pod({ containers: [] }, { labels: { x: "2" }, managedFields }));
    assert.deepEqual(reset.owners, {});
    assert.deepEqual((await reset.update("c", pod({ containers: [] }, { labels: { x: "3" } }))).owners, {});
  }
});

test("at most ten updaters are kept", async () => {
  const story = await new Story().update("creator", pod({ containers: [] }, { labels: { k: "1" } }));
  for (let i = 0; i < 14; i++)
    await story.update(
      `m${i}`,
      pod({ containers: [] }, { labels: Object.fromEntries(Array.from({ length: i + 1 }, (_, n) => [`k${n}`, "1"])) }),
    );
  const owners = Object.keys(story.owners);
  assert.equal(owners.length, 10);
  assert.equal(owners[0], "ancient-changes Update");
  const labels = (story.owners["ancient-changes Update"] as Record<string, Record<string, object>>)["f:metadata"]![
    "f:labels"
  ]!;
  assert.deepEqual(Object.keys(labels), [".", "f:k0", "f:k1", "f:k2", "f:k3", "f:k4"]);
});

test("what does not fit the schema is refused in upstream's words", async () => {
  const refuses = (applied: object, message: string): Promise<void> =>
    assert.rejects(
      () =>
        applyServerSide({
          kind: PODS,
          apiVersion: "v1",
          live: undefined,
          applied: applied as KubeObject,
          manager: "m",
          subresource: "",
          force: false,
          nowMs: START,
        }),
      {
        name: "StatusError",
        message,
      },
    );
  const prefix = "failed to create typed patch object (/p; /v1, Kind=Pod): ";
  await refuses(pod({ foo: 1 }), `${prefix}.spec.foo: field not declared in schema`);
  await refuses(
    pod({ nodeName: 1 }),
    `${prefix}.spec.nodeName: expected string, got &value.valueUnstructured{Value:1}`,
  );
  await refuses(pod({ containers: "x" }), `${prefix}.spec.containers: expected list, got &{x}`);
  await refuses(
    pod({ containers: [app("1"), app("2")] }),
    `${prefix}.spec.containers: duplicate entries for key [name="app"]`,
  );
  await refuses(
    pod({ hostNetwork: "x", terminationGracePeriodSeconds: "y" }),
    `${prefix.slice(0, -1)} errors:\n  .spec.hostNetwork: expected boolean, got &{x}\n  .spec.terminationGracePeriodSeconds: expected numeric (int or float), got string`,
  );
  await refuses({ ...pod({}), apiVersion: "v2" }, "invalid object type: /v2, Kind=Pod");
  await refuses(pod({}, { managedFields: [] }), "metadata.managedFields must be nil");
  let deep: object = {};
  for (let i = 0; i < 100_000; i++) deep = { a: deep };
  await refuses(pod({}, { labels: { x: deep } }), "error decoding patch: exceeded max depth");
});

test("owners that cannot be read never break a write", async () => {
  const entry = (change: object) =>
    [
      {
        manager: "m",
        operation: "Update",
        apiVersion: "v1",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:a": {} },
        ...change,
      },
    ] as V1ManagedFieldsEntry[];
  const problems: [object, string][] = [
    [{ operation: "x" }, "operation must be `Apply` or `Update`"],
    [{ apiVersion: "" }, "apiVersion must not be empty"],
    [{ fieldsType: "" }, "missing fieldsType in managed fields entry 0"],
    [{ fieldsType: "x" }, 'invalid fieldsType "x" in managed fields entry 0'],
    [{ fieldsV1: { x: {} } }, "key must be 2 characters long:"],
    [{ fieldsV1: [] }, "managed fields are no object"],
  ];
  for (const [change, problem] of problems) assert.equal(managedFieldsProblem(entry(change)), problem);
  assert.equal(
    managedFieldsProblem(entry({ fieldsV1: { "f:__proto__": { 'k:{"constructor":1}': {}, "z:unknown": {} } } })),
    undefined,
  );
  const story = await new Story().update(
    "a",
    pod({ containers: [] }, { labels: { x: "1" }, managedFields: entry({ fieldsV1: { "k:{": {} } }) }),
  );
  assert.deepEqual(Object.keys(story.owners), ["a Update"]);
});

const name = fc.constantFrom("a", "b", "c");
const config = fc
  .record({
    // Who applies an empty list or map owns it as a whole: such owners are in each other's way.
    labels: fc.dictionary(name, name, { minKeys: 1 }),
    finalizers: fc.uniqueArray(name, { minLength: 1 }),
    nodeName: fc.option(name, { nil: undefined }),
    containers: fc.uniqueArray(
      fc.record(
        { name, image: name, args: fc.array(name, { minLength: 1, maxLength: 2 }) },
        { requiredKeys: ["name"] },
      ),
      { minLength: 1, selector: (item) => item.name },
    ),
    replicas: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  })
  .map(
    ({ labels, finalizers, replicas, ...spec }) =>
      ({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "d", labels, finalizers },
        spec: { replicas, template: { spec } },
      }) as unknown as KubeObject,
  );

test("after a forced apply the object says what was applied, and applying it again changes nothing", async () => {
  const step = fc.record({ manager: name, applied: config, force: fc.constant(true) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
      let live: KubeObject | undefined;
      let nowMs = START;
      for (const { manager, applied, force } of steps) {
        const input = {
          kind: DEPLOYMENTS,
          apiVersion: "apps/v1",
          applied: JSON.parse(JSON.stringify(applied)) as KubeObject,
          manager,
          subresource: "",
          force,
          nowMs: (nowMs += 60_000),
        };
        const result = freezeDeep(await applyServerSide({ ...input, live }));
        const again = await applyServerSide({ ...input, live: result, nowMs: nowMs + 1000, force: false });
        assert.deepEqual(again, result);
        assert.equal(managedFieldsProblem(result.metadata.managedFields), undefined);
        for (const [key, value] of Object.entries(applied.metadata.labels ?? {}))
          assert.equal(result.metadata.labels?.[key], value);
        for (const finalizer of applied.metadata.finalizers ?? [])
          assert(result.metadata.finalizers?.includes(finalizer));
        live = result;
      }
    }),
    { numRuns: 150 },
  );
});
