import assert from "node:assert/strict";
import { FakeClock, seededRandom } from "@dingi/base";
import {
  canonicalize,
  convertAtOnce,
  newInvalid,
  path,
  validateObjectMeta,
  validateObjectMetaUpdate,
  type AnyKind,
  type Draft,
  type FieldError,
  type KubeObject,
  type StrategyContext,
  type UpdateStrategy,
} from "@dingi/apimachinery";
import { initIpFamilies, keepAllocated, normalizeClusterIps, type V1Service } from "@dingi/api";
import { isNamespaced, NAMESPACE, type ParityCase, type ParityStep, type RecordedStep } from "./cases.ts";
import { normalize, normalizeCells } from "./normalize.ts";

const UID = "00000000-0000-4000-8000-000000000000";
const METADATA = path("metadata");
const UPDATE_UID = "uid";

/** Does to an object what the registry does between decoding and storing, with a kind's own rules. */
export class Replay {
  readonly #kind: AnyKind;
  readonly #apiVersion: string;
  readonly #case: ParityCase;
  readonly #context: StrategyContext;
  readonly #now: string;
  #current: KubeObject | undefined;

  constructor(kinds: readonly AnyKind[], testCase: ParityCase) {
    const slash = testCase.resource.lastIndexOf("/");
    const [apiVersion, plural] = [testCase.resource.slice(0, slash), testCase.resource.slice(slash + 1)];
    const kind = kinds.find(
      (candidate) => candidate.plural === plural && Object.hasOwn(candidate.versions, apiVersion),
    );
    assert.ok(kind, `No kind for "${testCase.resource}"`);
    this.#kind = kind;
    this.#apiVersion = apiVersion;
    this.#case = testCase;
    const clock = new FakeClock(Date.parse("2030-01-01T00:00:00Z"));
    this.#now = new Date(clock.now()).toISOString().replace(".000", "");
    this.#context = {
      clock,
      random: seededRandom(1),
      user: { name: "admin", groups: ["system:masters", "system:authenticated"] },
      dryRun: false,
      apiVersion,
    };
  }

  check(step: ParityStep, recorded: RecordedStep): void {
    this.#judge("create" in step ? this.#create(step.create, recorded) : this.#patch(step, recorded), recorded);
  }

  #judge(outcome: Outcome, recorded: RecordedStep): void {
    if (outcome.errors.length > 0) return this.#checkStatus(outcome, recorded);
    const { object } = outcome;
    const body = this.#encode(object);
    assert.deepEqual(normalize(body), recorded.body, "the body differs");
    const order = this.#case.unordered ? sorted : (list: readonly string[]) => list;
    const warnings = [...this.#deprecation(), ...outcome.warnings];
    assert.deepEqual(order(warnings), order(recorded.warnings), "the warnings differ");
    if (recorded.cells) assert.deepEqual(this.#cells(object), recorded.cells, "the row differs");
    if (recorded.cells) {
      assert.deepEqual(
        this.#kind.rowConditions?.(object) ?? [],
        recorded.rowConditions ?? [],
        "the row's conditions differ",
      );
    }
    this.#current = deepFreeze(object);
  }

  /** Replaces the object that upstream has as `stored`. */
  put(
    stored: Readonly<Record<string, unknown>>,
    body: Readonly<Record<string, unknown>>,
    subresource: string | undefined,
    recorded: RecordedStep,
  ): void {
    this.#current = deepFreeze(this.#decode(stored));
    this.#judge(this.#update(body, subresource, recorded), recorded);
  }

  #create(body: Readonly<Record<string, unknown>>, recorded: RecordedStep): Outcome {
    const { strategy } = this.#kind;
    const object = this.#decode(body);
    Object.assign(object.metadata, { uid: UID, creationTimestamp: this.#now, resourceVersion: undefined });
    delete object.metadata.resourceVersion;
    if (isNamespaced(this.#case.resource)) object.metadata.namespace = NAMESPACE;
    const denied = allocate(this.#kind, object, undefined, recorded);
    if (denied.length > 0) return { object, errors: denied, warnings: [] };
    delete object.metadata.generation;
    const warnings: string[] = [];
    strategy.prepareForCreate?.(object, { ...this.#context, warn: (text) => warnings.push(text) });
    const errors = [
      ...validateObjectMeta(
        object.metadata,
        this.#metaOptions(strategy.nameCheckOf?.(object) ?? strategy.nameFormat),
        METADATA,
      ),
      ...(strategy.validate?.(object, this.#context) ?? []),
    ];
    warnings.push(...(strategy.warningsOnCreate?.(object) ?? []));
    if (errors.length === 0) strategy.canonicalize?.(object);
    return { object, errors, warnings };
  }

  #patch(step: Extract<ParityStep, { patch: unknown }>, recorded: RecordedStep): Outcome {
    const body = mergePatch(this.#encode(this.#current!), step.patch) as Record<string, unknown>;
    return this.#update(body, step.subresource, recorded);
  }

  #update(body: Readonly<Record<string, unknown>>, subresource: string | undefined, recorded: RecordedStep): Outcome {
    const old = this.#current!;
    const strategy = this.#door(subresource);
    const object = this.#decode(body);
    const denied = subresource ? [] : allocate(this.#kind, object, old, recorded);
    if (denied.length > 0) return { object, errors: denied, warnings: [] };
    restore(object, old);
    strategy.prepareForUpdate?.(object, old, this.#context);
    const errors = [
      ...validateObjectMeta(object.metadata, this.#metaOptions("pathSegment"), METADATA),
      ...validateObjectMetaUpdate({ ...object.metadata, resourceVersion: "1" }, old.metadata, METADATA),
      ...(strategy.validateUpdate?.(object, old, this.#context) ?? []),
    ];
    const warnings = strategy.warningsOnUpdate?.(object, old) ?? [];
    if (errors.length === 0) this.#kind.strategy.canonicalize?.(object);
    return { object, errors, warnings };
  }

  #door(subresource: string | undefined): UpdateStrategy<KubeObject> {
    if (subresource === undefined) return this.#kind.strategy;
    const door = this.#kind.subresources[subresource];
    assert.ok(door?.type === "update", `"${subresource}" is not updated`);
    return door.strategy;
  }

  #metaOptions(nameFormat: AnyKind["strategy"]["nameFormat"]) {
    const { standardFinalizers = true } = this.#kind.strategy;
    return { namespaced: isNamespaced(this.#case.resource), nameFormat, standardFinalizers };
  }

  #decode(body: Readonly<Record<string, unknown>>): Draft<KubeObject> {
    const version = this.#kind.versions[this.#apiVersion]!;
    const object = canonicalize(version.schema, body) as Draft<KubeObject>;
    version.defaults?.(object);
    return convertAtOnce(this.#kind, object, {
      from: this.#apiVersion,
      to: this.#kind.apiVersion,
    }) as Draft<KubeObject>;
  }

  #encode(object: KubeObject): Record<string, unknown> {
    const version = this.#kind.versions[this.#apiVersion]!;
    const shape = convertAtOnce(this.#kind, object, { from: this.#kind.apiVersion, to: this.#apiVersion });
    const body: unknown = JSON.parse(JSON.stringify({ ...shape, kind: this.#kind.kind }));
    return canonicalize(version.schema, { ...(body as object), apiVersion: this.#apiVersion }) as Record<
      string,
      unknown
    >;
  }

  #cells(object: KubeObject): unknown[] {
    const nowMs = Date.parse(object.metadata.creationTimestamp!);
    const { columns } = this.#kind;
    return normalizeCells(
      columns.map((column) => column.value(object, { nowMs })),
      columns.map(({ name }) => name),
    );
  }

  #checkStatus({ object, errors }: Outcome, recorded: RecordedStep): void {
    const { status } = newInvalid(
      { group: this.#kind.group, kind: this.#kind.kind },
      object.metadata.name ?? "",
      errors,
    );
    const ours = normalize(JSON.parse(JSON.stringify(status)) as Record<string, unknown>);
    if (this.#case.unordered) {
      assert.deepEqual(withoutOrder(ours), withoutOrder(recorded.body), "the Status differs");
    } else assert.deepEqual(ours, recorded.body, "the Status differs");
  }

  #deprecation(): string[] {
    const { deprecationWarning } = this.#kind.versions[this.#apiVersion]!;
    return deprecationWarning === undefined ? [] : [deprecationWarning];
  }
}

interface Outcome {
  readonly object: Draft<KubeObject>;
  readonly errors: readonly FieldError[];
  readonly warnings: readonly string[];
}

/** What the API server's allocators do to a Service; the addresses are those that upstream chose. */
function allocate(
  kind: AnyKind,
  object: Draft<KubeObject>,
  old: KubeObject | undefined,
  recorded: RecordedStep,
): FieldError[] {
  if (kind.kind !== "Service") return [];
  const service = object as Draft<V1Service>;
  if (old) keepAllocated(service, old as V1Service);
  normalizeClusterIps(service, old as V1Service | undefined);
  const errors = initIpFamilies(service, old as V1Service | undefined, ["IPv4"]);
  const chosen = (recorded.body as unknown as V1Service).spec;
  if (errors.length > 0 || !chosen) return errors;
  service.spec.clusterIP ||= chosen.clusterIP;
  if (!service.spec.clusterIPs?.length && chosen.clusterIPs) service.spec.clusterIPs = [...chosen.clusterIPs];
  service.spec.ports?.forEach((port, i) => {
    const nodePort = chosen.ports?.[i]?.nodePort;
    if (nodePort) port.nodePort ||= nodePort;
  });
  if (chosen.healthCheckNodePort) service.spec.healthCheckNodePort ||= chosen.healthCheckNodePort;
  return [];
}

/** Upstream: apiserver/pkg/registry/rest/update.go#BeforeUpdate */
function restore({ metadata }: Draft<KubeObject>, old: KubeObject): void {
  const { generation, creationTimestamp, deletionTimestamp } = old.metadata;
  delete metadata.generation;
  if (generation !== undefined) metadata.generation = generation;
  if (creationTimestamp !== undefined) metadata.creationTimestamp = creationTimestamp;
  if (deletionTimestamp !== undefined) metadata.deletionTimestamp = deletionTimestamp;
  if (metadata[UPDATE_UID] === undefined) metadata[UPDATE_UID] = old.metadata.uid;
}

const sorted = (list: readonly string[]): readonly string[] => list.toSorted();

function withoutOrder(status: Readonly<Record<string, unknown>>): unknown {
  const details = status["details"] as { causes: unknown[] };
  const causes = details.causes.map((cause) => JSON.stringify(cause)).sort();
  return { ...status, message: "", details: { ...details, causes } };
}

/** RFC 7386. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> =
    typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
