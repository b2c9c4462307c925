import type { AdmissionAttributes, Operation } from "./attributes.ts";

/** One step of the chain. A refusal is thrown as a StatusError. */
export interface AdmissionPlugin {
  handles(operation: Operation): boolean;
  /** May change the object. */
  admit?(attributes: AdmissionAttributes): void | Promise<void>;
  /** Sees the final object. */
  validate?(attributes: AdmissionAttributes): void | Promise<void>;
}

/**
 * All plugins admit, in their order; where somebody from outside has changed the object, all once more. When it is final, all
 * validate. Nothing is held while a plugin waits.
 */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins;
  }

  async admit(attributes: AdmissionAttributes): Promise<void> {
    await this.#admitOnce(attributes);
    if (!attributes.reinvocation.isNeeded) return;
    attributes.reinvocation.begin();
    await this.#admitOnce(attributes);
  }

  async #admitOnce(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.#plugins)
      if (plugin.admit && plugin.handles(attributes.operation)) await plugin.admit(attributes);
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.#plugins)
      if (plugin.validate && plugin.handles(attributes.operation)) await plugin.validate(attributes);
  }
}
