import {
  canonicalize,
  convertDraft,
  copyBySchema,
  DecodeBudget,
  decodeObject,
  type Draft,
  type KubeObject,
  type StructSchema,
} from "@dingi/apimachinery";
import { setOwnFields } from "./replace-object.ts";
import type { AdmissionAttributes } from "./attributes.ts";

/** What whoever admits from outside sees: the objects of a request in one version, as they are written there. */
export interface VersionedAttributes {
  readonly apiVersion: string;
  readonly kind: string;
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
}

/**
 * The objects of a request in the versions that are asked for, each made once for as long as the object stays as it is.
 * Upstream: apiserver/pkg/admission/conversion.go
 */
export class VersionedObjects {
  readonly #attributes: AdmissionAttributes;
  readonly #made = new Map<string, Promise<VersionedAttributes>>();

  constructor(attributes: AdmissionAttributes) {
    this.#attributes = attributes;
  }

  /** @param apiVersion Of the addressed resource. */
  async in(apiVersion: string): Promise<VersionedAttributes> {
    const known = this.#made.get(apiVersion) ?? this.#make(apiVersion);
    this.#made.set(apiVersion, known);
    return await known;
  }

  /** The object as it has been written in a version, defaults not yet filled in, takes the place of the request's. */
  async replace(written: Draft<KubeObject>, apiVersion: string): Promise<void> {
    const { kind, object } = this.#attributes;
    if (isItself(this.#attributes) && "versions" in kind) {
      kind.versions[apiVersion]!.defaults?.(written);
      setOwnFields(object!, await convertDraft(kind, written, { from: apiVersion, to: kind.apiVersion }));
    } else setOwnFields(object!, written);
    this.#made.clear();
  }

  /** By which an object is written in a version. */
  schemaIn(apiVersion: string): StructSchema {
    const { kind, objectKind } = this.#attributes;
    return isItself(this.#attributes) && "versions" in kind ? kind.versions[apiVersion]!.schema : objectKind.schema;
  }

  /** Throws DecodeError with Go's words. */
  read(bytes: Uint8Array, apiVersion: string): Draft<KubeObject> {
    return decodeObject(bytes, this.schemaIn(apiVersion), new DecodeBudget()).value as Draft<KubeObject>;
  }

  async #make(apiVersion: string): Promise<VersionedAttributes> {
    const { object, oldObject, kind, objectKind } = this.#attributes;
    const meta = isItself(this.#attributes)
      ? { apiVersion, kind: kind.kind }
      : { apiVersion: objectKind.apiVersion, kind: objectKind.kind };
    const [newer, older] = [
      await this.#written(object as KubeObject | undefined, apiVersion),
      await this.#written(oldObject, apiVersion),
    ];
    return {
      ...meta,
      object: newer && ({ ...meta, ...newer } as KubeObject),
      oldObject: older && ({ ...meta, ...older } as KubeObject),
    };
  }

  /** As it would go over the wire: a copy, which whoever gets it may keep. */
  async #written(object: KubeObject | undefined, apiVersion: string): Promise<KubeObject | undefined> {
    if (!object) return undefined;
    const { kind } = this.#attributes;
    const schema = this.schemaIn(apiVersion);
    if (!isItself(this.#attributes) || !("versions" in kind)) return copied(schema, object);
    const [converted] = await kind.converter.toVersion([object], kind.apiVersion, apiVersion);
    return copied(schema, converted!);
  }
}

function copied(schema: StructSchema, object: KubeObject): KubeObject {
  const {
    apiVersion: _version,
    kind: _kind,
    ...rest
  } = canonicalize(schema, copyBySchema(schema, object)) as KubeObject;
  return rest as KubeObject;
}

/** Whether the object is the addressed kind's own, and not the body of one of its subresources. */
function isItself({ kind, apiVersion, objectKind }: AdmissionAttributes): boolean {
  return objectKind.kind === kind.kind && objectKind.apiVersion === apiVersion;
}
