import {
  canonicalize,
  convertDraft,
  copyBySchema,
  inOneVersion,
  newConflict,
  newInvalid,
  scaleEntriesOf,
  parentEntriesOf,
  type AnyKind,
  type Draft,
  type KubeObject,
  type ScaleSubresource,
  type Strategy,
  type UpdateStrategy,
  type V1ManagedFieldsEntry,
  type Versioned,
} from "@dingi/apimachinery";
import { Scale as ScaleKind, V1Scale, type V1Scale as Scale } from "@dingi/api";
import type { AdmissionGate, AdmissionInput } from "../admission/gate.ts";
import type { ExpectedKind } from "../negotiation/decode.ts";
import type { Door } from "./door.ts";

export const SCALE: ExpectedKind = { apiVersion: ScaleKind.apiVersion, kind: ScaleKind.kind, schema: V1Scale };
const VERSIONED = inOneVersion(SCALE.apiVersion, SCALE.schema);

/** An object as its Scale. Upstream: pkg/registry/apps/deployment/storage/storage.go#scaleUpdatedObjectInfo */
export class ScaleDoor implements Door {
  readonly expected = SCALE;
  readonly versioned: Versioned = VERSIONED;
  /** Of the object that is stored; a Scale has no fields that are reset. */
  readonly strategy: UpdateStrategy<KubeObject>;
  readonly namesItself = true;
  readonly #kind: AnyKind;
  readonly #apiVersion: string;
  readonly #subresource: ScaleSubresource<KubeObject>;

  /** `apiVersion` is the version of the parent that the request is made in. */
  constructor(kind: AnyKind, apiVersion: string, subresource: ScaleSubresource<KubeObject>) {
    this.#kind = kind;
    this.#apiVersion = apiVersion;
    this.#subresource = subresource;
    const { resetFields: _none, ...strategy } = kind.strategy;
    this.strategy = strategy;
  }

  fillDefaults(): void {}

  async view(live: KubeObject): Promise<KubeObject> {
    const scale = await this.#scaleOf(live);
    const managedFields = scaleEntriesOf(live.metadata.managedFields, this.#replicas);
    return { ...scale, metadata: { ...scale.metadata, managedFields } } as KubeObject;
  }

  async store(written: Draft<KubeObject>, live: KubeObject | undefined, admission: AdmissionGate) {
    await admission.admit(this.#admitted(written, await this.view(live!)));
    const parent = await this.#converted(live!, this.#toOwn);
    const scale = written as unknown as Scale;
    this.#check(scale, parent);
    const object = copyBySchema(this.#kind.versions[this.#toOwn.to]!.schema, parent) as Draft<KubeObject>;
    this.#subresource.setReplicas(object, scale.spec?.replicas ?? 0);
    const { managedFields } = scale.metadata;
    // Where nobody may change just anything, a Scale that names no revision is of the one that it was made of.
    const isFree = this.#rules.allowUnconditionalUpdate !== false;
    const resourceVersion = scale.metadata.resourceVersion ?? (isFree ? undefined : object.metadata.resourceVersion);
    delete object.metadata.resourceVersion;
    if (resourceVersion !== undefined) object.metadata.resourceVersion = resourceVersion;
    const entries = parentEntriesOf(parent.metadata.managedFields, managedFields, this.#replicas);
    if (entries === undefined) delete object.metadata.managedFields;
    else object.metadata.managedFields = entries as Draft<V1ManagedFieldsEntry[]>;
    return await this.#converted(object, { from: this.#toOwn.to, to: this.#toOwn.from });
  }

  gate(admission: AdmissionGate): AdmissionGate {
    return {
      // The Scale itself was admitted before it became its parent's.
      admit: () => Promise.resolve(),
      validate: async ({ object, oldObject }) => {
        const scale = (await this.#scaleOf(object!)) as Draft<KubeObject>;
        await admission.validate(this.#admitted(scale, (await this.#scaleOf(oldObject!)) as KubeObject));
      },
    };
  }

  async #scaleOf(stored: KubeObject): Promise<Scale> {
    return scaleOf(await this.#converted(stored, this.#toOwn), this.#subresource);
  }

  get #toOwn(): Conversion {
    return { from: this.#kind.apiVersion, to: versionOfScale(this.#kind, this.#apiVersion) };
  }

  async #converted(object: KubeObject, conversion: Conversion): Promise<Draft<KubeObject>> {
    return await convertDraft(this.#kind, object as Draft<KubeObject>, conversion);
  }

  #admitted(object: Draft<KubeObject>, oldObject: KubeObject): AdmissionInput {
    return { operation: "UPDATE", object, oldObject, objectKind: SCALE };
  }

  #check(scale: Scale, { metadata }: KubeObject): void {
    const errors = this.#subresource.validatesScale === false ? [] : (ScaleKind.validate?.(scale) ?? []);
    const name = metadata.name ?? "";
    if (errors.length > 0) throw newInvalid({ group: "autoscaling", kind: "Scale" }, name, errors);
    const { uid } = scale.metadata;
    if (!uid || uid === metadata.uid) return;
    const text = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
    throw newConflict({ group: this.#kind.group, resource: `${this.#kind.plural}/scale` }, name, text);
  }

  get #rules(): Strategy<KubeObject> {
    return this.#kind.strategy;
  }

  get #replicas() {
    const { versions } = this.#kind;
    return { apiVersion: this.#apiVersion, versions: Object.keys(versions), path: this.#subresource.specReplicasPath };
  }
}

interface Conversion {
  readonly from: string;
  readonly to: string;
}

/** Whose paths a Scale is read by: custom kinds have some in each version. */
export const versionOfScale = ({ custom, apiVersion }: AnyKind, asked: string): string => (custom ? asked : apiVersion);

/** Upstream: …/storage.go#scaleFromDeployment */
export function scaleOf(object: KubeObject, door: ScaleSubresource<KubeObject>): Scale {
  const { specReplicas, statusReplicas, selector } = door.get(object);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const metadata = { name, namespace, uid, resourceVersion, creationTimestamp };
  const scale = { metadata, spec: { replicas: specReplicas }, status: { replicas: statusReplicas, selector } };
  return { kind: "Scale", apiVersion: "autoscaling/v1", ...(canonicalize(V1Scale, scale) as Scale) };
}
