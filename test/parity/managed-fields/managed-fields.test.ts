import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { builtinKinds } from "@dingi/api";
import {
  applyServerSide,
  canonicalize,
  copyJson,
  StatusError,
  updateManagedFields,
  type AnyKind,
  type Draft,
  type KubeObject,
  type ResetFields,
  type V1ManagedFieldsEntry,
} from "@dingi/apimachinery";
import { SCENARIOS, type Answer, type Request } from "./scenarios.ts";

const recorded = JSON.parse(readFileSync(join(import.meta.dirname, "recorded.json"), "utf8")) as Record<
  string,
  Answer[]
>;

function kindOf(resource: string): AnyKind {
  const plural = resource.split(" ")[1];
  const kind = builtinKinds.find((candidate) => candidate.plural === plural);
  assert.ok(kind, resource);
  return kind;
}

function resetFieldsOf(kind: AnyKind, subresource: string): ResetFields | undefined {
  const door = kind.subresources[subresource];
  return subresource === ""
    ? kind.strategy.resetFields
    : door?.type === "update"
      ? door.strategy.resetFields
      : undefined;
}

/** When the server answered: the latest time that is in the answer. */
function timeOf(entries: readonly V1ManagedFieldsEntry[] | undefined): number {
  return Math.max(0, ...(entries ?? []).map((entry) => Date.parse(entry.time ?? "1970-01-01T00:00:00Z")));
}

class Replay {
  readonly #kind: AnyKind;
  #live: KubeObject | undefined;

  constructor(kind: AnyKind) {
    this.#kind = kind;
  }

  async check(step: Request, { code, body }: Answer): Promise<void> {
    // What validation refuses was applied without complaint.
    if (code === 422) return void (await this.#apply(step, 0));
    if (code >= 400) {
      await assert.rejects(
        () => this.#apply(step, 0),
        (error) => {
          assert(error instanceof StatusError, String(error));
          assert.equal(error.message, body["message"]);
          assert.equal(error.code, code);
          assert.deepEqual(error.status.details?.causes ?? [], (body["details"] as { causes?: unknown })?.causes ?? []);
          return true;
        },
      );
      return;
    }
    const expected = body as unknown as KubeObject;
    const nowMs = timeOf(expected.metadata.managedFields);
    const object = await (step.apply ? this.#apply(step, nowMs) : this.#update(step, expected, nowMs));
    assert.deepEqual(object.metadata.managedFields, expected.metadata.managedFields);
    if (step.apply) assert.deepEqual(comparable(object), comparable(expected));
    this.#live = canonicalize(this.#kind.schema, expected) as KubeObject;
  }

  #context(step: Request, nowMs: number) {
    const subresource = step.subresource ?? "";
    return {
      kind: this.#kind,
      apiVersion: this.#kind.apiVersion,
      live: this.#live,
      manager: step.by,
      subresource,
      resetFields: resetFieldsOf(this.#kind, subresource),
      nowMs,
    };
  }

  /** The recorded result is what is written; who owns it is ours to say. */
  async #update(step: Request, expected: KubeObject, nowMs: number): Promise<Draft<KubeObject>> {
    const object = canonicalize(this.#kind.schema, expected) as Draft<KubeObject>;
    const brought = (step.merge as { metadata?: { managedFields?: object[] } } | undefined)?.metadata?.managedFields;
    const entries = brought ?? (step.put || step.create ? undefined : this.#live?.metadata.managedFields);
    if (entries === undefined) delete object.metadata.managedFields;
    else object.metadata.managedFields = copyJson(entries) as Draft<V1ManagedFieldsEntry[]>;
    await updateManagedFields({ ...this.#context(step, nowMs), object });
    return object;
  }

  async #apply(step: Request, nowMs: number): Promise<Draft<KubeObject>> {
    const object = await applyServerSide({
      ...this.#context(step, nowMs),
      applied: step.apply as KubeObject,
      force: step.force ?? false,
    });
    this.#kind.versions[this.#kind.apiVersion]?.defaults?.(object);
    return object;
  }
}

/** Without what the registry adds or keeps. */
function comparable(object: KubeObject): unknown {
  const { metadata, ...rest } = copyJson(object) as KubeObject & { status?: unknown; spec?: Record<string, unknown> };
  delete rest.status;
  for (const name of ["clusterIPs", "ipFamilies", "ipFamilyPolicy"]) delete rest.spec?.[name];
  const { managedFields, uid, resourceVersion, generation, creationTimestamp, namespace, ...kept } = metadata;
  void [managedFields, uid, resourceVersion, generation, creationTimestamp, namespace];
  return { ...rest, metadata: kept };
}

for (const { name, resource, steps } of SCENARIOS) {
  test(`owners of fields: ${name}`, async (t) => {
    const replay = new Replay(kindOf(resource));
    for (const [i, step] of steps.entries()) {
      await t.test(`step ${i + 1}, by ${step.by}`, () => replay.check(step, recorded[name]![i]!));
    }
  });
}
