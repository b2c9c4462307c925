import { Pod } from "@dingi/api";
import { newUnclassifiedError } from "@dingi/apimachinery";
import { own } from "@dingi/base";
import { isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import type { Namespaces } from "../../matching/namespaces.ts";
import { refusalOf } from "../../refusal.ts";

type Labels = Readonly<Record<string, string>>;

/** By namespace, "a=b,c=d": on which nodes its pods may be at all; and for namespaces that do not say where theirs are. */
export type NodeSelectors = Readonly<Record<string, string>>;

const ANNOTATION = "scheduler.alpha.kubernetes.io/node-selector";
const DEFAULT = "clusterDefaultNodeSelector";
const CONFLICT = "pod node label selector conflicts with its namespace node label selector";
const NOT_LISTED = "pod node label selector labels conflict with its namespace whitelist";

/** Keeps a namespace's pods to its nodes. Upstream: plugin/pkg/admission/podnodeselector/admission.go */
export class PodNodeSelector implements AdmissionPlugin {
  readonly #namespaces: Namespaces;
  readonly #selectors: NodeSelectors;

  constructor(namespaces: Namespaces, selectors: NodeSelectors = {}) {
    this.#namespaces = namespaces;
    this.#selectors = selectors;
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE";
  }

  async admit(attributes: AdmissionAttributes): Promise<void> {
    if (!isWriteOf(attributes, Pod)) return;
    const { spec } = attributes.object;
    const wanted = await this.#checked(attributes, spec.nodeSelector ?? {});
    if (Object.keys(wanted).length > 0) spec.nodeSelector = { ...wanted, ...spec.nodeSelector };
    this.#checkListed(attributes, spec.nodeSelector ?? {});
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    if (!isWriteOf(attributes, Pod)) return;
    const { nodeSelector = {} } = attributes.object.spec;
    await this.#checked(attributes, nodeSelector);
    this.#checkListed(attributes, nodeSelector);
  }

  /** The namespace's own, which the pod's does not contradict. */
  async #checked(attributes: AdmissionAttributes, ofPod: Labels): Promise<Labels> {
    const { metadata } = await this.#namespaces.find(attributes.namespace, attributes);
    const annotated = metadata.annotations?.[ANNOTATION];
    const wanted = parse(annotated ?? own(this.#selectors, DEFAULT) ?? "");
    const contradicted = Object.keys(wanted).some((key) => Object.hasOwn(ofPod, key) && ofPod[key] !== wanted[key]);
    if (contradicted) throw refusalOf(attributes, CONFLICT);
    return wanted;
  }

  #checkListed(attributes: AdmissionAttributes, ofPod: Labels): void {
    const listed = parse(own(this.#selectors, attributes.namespace) ?? "");
    if (Object.keys(listed).length === 0) return;
    const isListed = Object.entries(ofPod).every(([key, value]) => own(listed, key) === value);
    if (!isListed) throw refusalOf(attributes, NOT_LISTED);
  }
}

/** Upstream: apimachinery/pkg/labels/labels.go#ConvertSelectorToLabelsMap */
function parse(text: string): Labels {
  if (text === "") return {};
  const entries = text.split(",").map((pair) => {
    const parts = pair.split("=");
    if (parts.length !== 2) throw newUnclassifiedError(`invalid selector: [${parts.join(" ")}]`);
    return [parts[0]!.trim(), parts[1]!.trim()] as const;
  });
  return Object.fromEntries(entries);
}
