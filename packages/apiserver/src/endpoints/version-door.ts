import {
  convertDraft,
  inVersion,
  type AnyKind,
  type Draft,
  type KubeObject,
  type UpdateStrategy,
} from "@dingi/apimachinery";
import type { AdmissionGate, AdmissionInput } from "../admission/gate.ts";
import type { WriteContext } from "../registry/request-context.ts";
import { beforeCreate, beforeUpdate } from "../registry/validate.ts";
import { ObjectDoor } from "./object-door.ts";

/**
 * An object of a custom kind in a version that is not the stored one, with rules of its own: it is admitted and judged as it was
 * written, and becomes what is stored after that.
 */
export class VersionDoor extends ObjectDoor {
  readonly #kind: AnyKind;
  readonly storedStrategy: UpdateStrategy<KubeObject>;
  readonly #context: WriteContext;

  constructor(kind: AnyKind, strategy: UpdateStrategy<KubeObject>, context: WriteContext) {
    super(kind, context.apiVersion ?? kind.apiVersion, strategy);
    const { validateUpdate: _validate, warningsOnUpdate: _warnings, ...prepared } = strategy;
    this.storedStrategy = prepared;
    this.#kind = kind;
    this.#context = context;
  }

  /** Owners are those of what was written. */
  override settle(): undefined {}

  override async store(
    written: Draft<KubeObject>,
    live: KubeObject | undefined,
    admission: AdmissionGate,
  ): Promise<Draft<KubeObject>> {
    const context = this.#context;
    if (!live) {
      await admission.admit({ operation: "CREATE", object: written, name: written.metadata.name ?? "" });
      const { strategy } = inVersion(this.#kind, this.expected.apiVersion);
      beforeCreate({ kind: this.#kind, strategy, object: written }, context);
    } else {
      const old = await this.view(live);
      await admission.admit({ operation: "UPDATE", object: written, oldObject: old });
      beforeUpdate({ kind: this.#kind, strategy: this.strategy, object: written, old }, context);
    }
    const stored = await super.store(written);
    // Readers of the stored version would see them.
    this.#kind.versions[this.#kind.apiVersion]!.defaults?.(stored);
    return stored;
  }

  override gate(admission: AdmissionGate): AdmissionGate {
    return {
      // What was written has been admitted before it became what is stored.
      admit: () => Promise.resolve(),
      validate: async (input) => await admission.validate(await this.#written(input)),
    };
  }

  async #written({ object, oldObject, ...rest }: AdmissionInput): Promise<AdmissionInput> {
    const there = { from: this.#kind.apiVersion, to: this.expected.apiVersion };
    return {
      ...rest,
      object: object && (await convertDraft(this.#kind, object, there)),
      oldObject: oldObject && (await convertDraft(this.#kind, oldObject as Draft<KubeObject>, there)),
    };
  }
}
