import type { AdmissionAttributes, Operation } from "./attributes.ts";

/** One step of the chain. A refusal is thrown as a StatusError. */
export interface AdmissionPlugin {
  handles(operation: Operation): boolean;
  /** May change the object. */
  admit?(attributes: AdmissionAttributes): void | Promise<void>;
  /** Sees the final object. */
  validate?(attributes: AdmissionAttributes): void | Promise<void>;
}

/** All plugins admit, in their order; when the object is final, all validate. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins;
  }

  async admit(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.#plugins)
      if (plugin.admit && plugin.handles(attributes.operation)) await plugin.admit(attributes);
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.#plugins)
      if (plugin.validate && plugin.handles(attributes.operation)) await plugin.validate(attributes);
  }
}
