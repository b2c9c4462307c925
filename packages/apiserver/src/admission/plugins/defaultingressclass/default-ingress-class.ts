import { defaultIngressClassOf, Ingress, ingressClassAnnotation, IngressClass } from "@dingi/api";
import type { StoreFeed } from "../../../cacher/store-feed.ts";
import { isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { DefaultClass } from "../../default-class.ts";

/** Gives an Ingress that names no class the default one. Upstream: plugin/pkg/admission/network/defaultingressclass/admission.go */
export class DefaultIngressClass implements AdmissionPlugin {
  readonly #default: DefaultClass;

  constructor(feed: StoreFeed) {
    this.#default = DefaultClass.of(feed, IngressClass, defaultIngressClassOf);
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE";
  }

  admit(attributes: AdmissionAttributes): void {
    if (!isWriteOf(attributes, Ingress)) return;
    const { metadata, spec } = attributes.object;
    if (ingressClassAnnotation(metadata) !== undefined || spec.ingressClassName !== undefined) return;
    const { name } = this.#default;
    if (name !== undefined) spec.ingressClassName = name;
  }
}
