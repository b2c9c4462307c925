import type { ResourceV1ResourceClaim, V1DeviceRequest, V1ResourceClaimTemplate } from "@dingi/api";
import { forbidden, newInvalid, path, type FieldPath, type StorageHooks } from "@dingi/apimachinery";

const LABEL = "resource.kubernetes.io/admin-access";
const GROUP = "resource.k8s.io";
const REQUESTS = path("spec", "devices", "requests");
const RESULTS = path("status", "allocation", "devices", "results");

/** The labels of a namespace; none where there is no such namespace. */
type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>>;

/**
 * Only in namespaces that are marked so may devices be had as their administrator has them.
 * Differs: this is told alone, before anything else that is wrong.
 * Upstream: pkg/registry/resource/utils.go#AuthorizedForAdmin
 */
export class AdminAccess {
  readonly #labels: NamespaceLabels;

  constructor(labels: NamespaceLabels) {
    this.#labels = labels;
  }

  forClaims(): Required<Pick<StorageHooks<ResourceV1ResourceClaim>, "authorize" | "confirmUpdate">> {
    return {
      authorize: async ({ metadata, spec }, old) => {
        if (old === undefined) this.#confirm("ResourceClaim", metadata, requestedAt(spec.devices?.requests));
      },
      confirmUpdate: async ({ metadata, status }, old) => {
        if (grantedAt(old) === undefined) this.#confirm("ResourceClaim", metadata, grantedAt({ status }));
      },
    };
  }

  forTemplates(): StorageHooks<V1ResourceClaimTemplate> {
    return {
      authorize: async ({ metadata, spec }, old) => {
        const requests = spec.spec?.devices?.requests;
        if (old === undefined) this.#confirm("ResourceClaimTemplate", metadata, requestedAt(requests));
      },
    };
  }

  #confirm(kind: string, metadata: ResourceV1ResourceClaim["metadata"], field: FieldPath | undefined): void {
    if (field === undefined || this.#labels(metadata.namespace ?? "")[LABEL] === "true") return;
    const text = `admin access to devices requires the \`${LABEL}: true\` label on the containing namespace`;
    throw newInvalid({ group: GROUP, kind }, metadata.name ?? "", [forbidden(field, text)]);
  }
}

function requestedAt(requests: readonly V1DeviceRequest[] | null | undefined): FieldPath | undefined {
  const i = (requests ?? []).findIndex(({ exactly }) => exactly?.adminAccess === true);
  return i < 0 ? undefined : REQUESTS.index(i).child("adminAccess");
}

function grantedAt({ status }: Pick<ResourceV1ResourceClaim, "status">): FieldPath | undefined {
  const i = (status?.allocation?.devices?.results ?? []).findIndex(({ adminAccess }) => adminAccess === true);
  return i < 0 ? undefined : RESULTS.index(i).child("adminAccess");
}
