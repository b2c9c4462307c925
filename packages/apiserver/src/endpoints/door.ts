import { copyBySchema, type Draft, type KubeObject, type UpdateStrategy, type Versioned } from "@dingi/apimachinery";
import type { AdmissionGate } from "../admission/gate.ts";
import type { ExpectedKind } from "../negotiation/decode.ts";

/**
 * What a request that writes sees of an object: the object itself in the version that the request is made in, or a view of it
 * such as its Scale. What is decoded, patched, applied and owned is that; what is stored is the hub's object.
 */
export interface Door {
  readonly expected: ExpectedKind;
  readonly versioned: Versioned;
  readonly strategy: UpdateStrategy<KubeObject>;
  /** By which what is stored is prepared, where what was written has been judged before. */
  readonly storedStrategy?: UpdateStrategy<KubeObject>;
  /** Whether a body has to say its name. */
  readonly namesItself: boolean;
  fillDefaults(object: Draft<KubeObject>): void;
  /**
   * What was written here as it would be seen here, where another version is stored: what that one keeps elsewhere belongs to
   * the writer, too. The object itself stays as it was written. Undefined: it is seen as it was written.
   */
  settle?(written: Draft<KubeObject>): Promise<Draft<KubeObject>> | undefined;
  /** A stored object as it is seen here. Not to be written to. */
  view(live: KubeObject): Promise<KubeObject>;
  /** The object to be stored, out of what was written here. Throws StatusError for what may not be written. */
  store(written: Draft<KubeObject>, live: KubeObject | undefined, admission: AdmissionGate): Promise<Draft<KubeObject>>;
  /** Admission of what is stored: what is admitted is what was written here. */
  gate(admission: AdmissionGate): AdmissionGate;
}

/** A private copy of what was written, for another attempt. */
export function copyWritten({ expected }: Door, written: KubeObject): Draft<KubeObject> {
  return copyBySchema(expected.schema, written) as Draft<KubeObject>;
}
