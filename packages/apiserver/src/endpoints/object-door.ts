import {
  convertDraft,
  type AnyKind,
  type Draft,
  type KubeObject,
  type UpdateStrategy,
  type Versioned,
} from "@dingi/apimachinery";
import type { AdmissionGate } from "../admission/gate.ts";
import type { ExpectedKind } from "../negotiation/decode.ts";
import type { Door } from "./door.ts";

/** An object itself, through its own door or that of an update subresource, in one of its versions. */
export class ObjectDoor implements Door {
  readonly expected: ExpectedKind;
  readonly strategy: UpdateStrategy<KubeObject>;
  readonly namesItself: boolean;
  readonly #kind: AnyKind;

  constructor(kind: AnyKind, apiVersion: string, strategy: UpdateStrategy<KubeObject>) {
    this.#kind = kind;
    this.strategy = strategy;
    this.namesItself = strategy === kind.strategy;
    const { schema } = kind.versions[apiVersion]!;
    this.expected = { apiVersion, kind: kind.kind, schema, custom: kind.custom };
  }

  get versioned(): Versioned {
    return this.#kind;
  }

  fillDefaults(object: Draft<KubeObject>): void {
    this.#kind.versions[this.expected.apiVersion]!.defaults?.(object);
  }

  settle(written: Draft<KubeObject>): Promise<Draft<KubeObject>> | undefined {
    return this.expected.apiVersion === this.#kind.apiVersion ? undefined : this.#thereAndBack(written);
  }

  async #thereAndBack(written: Draft<KubeObject>): Promise<Draft<KubeObject>> {
    const [here, stored] = [this.expected.apiVersion, this.#kind.apiVersion];
    const there = await convertDraft(this.#kind, written, { from: here, to: stored });
    return await convertDraft(this.#kind, there, { from: stored, to: here });
  }

  async view(live: KubeObject): Promise<KubeObject> {
    const { apiVersion, converter } = this.#kind;
    if (this.expected.apiVersion === apiVersion) return live;
    const [converted] = await converter.toVersion([live], apiVersion, this.expected.apiVersion);
    return converted!;
  }

  async store(written: Draft<KubeObject>, _live?: KubeObject, _admission?: AdmissionGate): Promise<Draft<KubeObject>> {
    return await convertDraft(this.#kind, written, { from: this.expected.apiVersion, to: this.#kind.apiVersion });
  }

  gate(admission: AdmissionGate): AdmissionGate {
    return admission;
  }
}
