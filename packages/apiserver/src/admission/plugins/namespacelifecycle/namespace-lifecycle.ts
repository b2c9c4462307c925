import { Namespace, type V1Namespace } from "@dingi/api";
import { newForbidden, newNotFound, StatusError } from "@dingi/apimachinery";
import type { ResourceCache } from "../../../cacher/resource-cache.ts";
import type { StoreFeed, Waiting } from "../../../cacher/store-feed.ts";
import type { AdmissionAttributes, Operation } from "../../attributes.ts";
import { refusalOf } from "../../refusal.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { isAccessReview } from "./access-review.ts";

const IMMORTAL = new Set(["default", "kube-system", "kube-public"]);

/** Nothing new in a namespace that does not exist or is going away. Upstream: apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go */
export class NamespaceLifecycle implements AdmissionPlugin {
  readonly #feed: StoreFeed;
  readonly #namespaces: ResourceCache;

  constructor(feed: StoreFeed) {
    this.#feed = feed;
    this.#namespaces = feed.cache(Namespace);
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE" || operation === "DELETE";
  }

  async admit(attributes: AdmissionAttributes): Promise<void> {
    const { kind, namespace, operation, name } = attributes;
    if (kind.plural === "namespaces" && kind.group === "") {
      if (operation === "DELETE" && IMMORTAL.has(name)) {
        throw newForbidden({ group: "", resource: "namespaces" }, name, "this namespace may not be deleted");
      }
      return;
    }
    if (namespace === "" || operation !== "CREATE" || isAccessReview(kind)) return;
    const found = await this.#find(namespace, attributes);
    if (!found) throw newNotFound({ group: "", resource: "namespaces" }, namespace);
    if (found.status.phase !== "Terminating") return;
    throw terminating(attributes);
  }

  async #find(name: string, waiting: Waiting): Promise<V1Namespace | undefined> {
    const cached = this.#namespaces.get(name)?.object as V1Namespace | undefined;
    if (cached) return cached;
    await this.#feed.waitUntilFresh(waiting);
    return this.#namespaces.get(name)?.object as V1Namespace | undefined;
  }
}

function terminating(attributes: AdmissionAttributes): StatusError {
  const { namespace } = attributes;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { status } = refusalOf(attributes, why);
  const cause = {
    reason: "NamespaceTerminating",
    message: `namespace ${namespace} is being terminated`,
    field: "metadata.namespace",
  };
  return new StatusError({ ...status, details: { ...status.details, causes: [cause] } });
}
