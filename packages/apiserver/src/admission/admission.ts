import type { AnyKind, Draft, KubeObject, ReviewDefinition, UserInfo } from "@dingi/apimachinery";

export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** What a plugin is asked about. Upstream: apiserver/pkg/admission/interfaces.go#Attributes */
export interface AdmissionAttributes {
  readonly operation: Operation;
  /** The kind of the addressed resource, such as Pod for pods/binding. */
  readonly kind: AnyKind | ReviewDefinition;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** The new state, in the hub's shape; the body for an action subresource; absent on DELETE. Changeable while admitting. */
  readonly object?: Draft<KubeObject> | undefined;
  readonly oldObject?: KubeObject | undefined;
  /** The options of the request, such as DeleteOptions. */
  readonly options?: unknown;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** Adds a Warning header to the answer. */
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
}

/** One step of the chain. A refusal is thrown as a StatusError. */
export interface AdmissionPlugin {
  /** Upstream's name, such as "NamespaceLifecycle". */
  readonly name: string;
  handles(operation: Operation): boolean;
  /** May change the object. */
  admit?(attributes: AdmissionAttributes): void | Promise<void>;
  /** Sees the final object. */
  validate?(attributes: AdmissionAttributes): void | Promise<void>;
}

/** The plugins in upstream's order: all admit first, then all validate. */
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
