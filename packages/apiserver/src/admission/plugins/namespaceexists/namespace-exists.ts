import { Namespace } from "@dingi/api";
import { isAt, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import type { Namespaces } from "../../matching/namespaces.ts";

/** Nothing is written in a namespace that is not there. Upstream: plugin/pkg/admission/namespace/exists/admission.go */
export class NamespaceExists implements AdmissionPlugin {
  readonly #namespaces: Namespaces;

  constructor(namespaces: Namespaces) {
    this.#namespaces = namespaces;
  }

  handles(operation: Operation): boolean {
    return operation !== "CONNECT";
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const { namespace } = attributes;
    if (namespace !== "" && !isAt(attributes, Namespace)) await this.#namespaces.find(namespace, attributes);
  }
}
