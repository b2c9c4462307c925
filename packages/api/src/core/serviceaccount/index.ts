import { ageColumn, defineKind, nameColumn, type Draft, type Strategy } from "@dingi/apimachinery";
import { AuthenticationV1TokenRequest } from "../../authentication/tokenrequest/tokenrequest.gen.ts";
import { V1ServiceAccount } from "./serviceaccount.gen.ts";

export * from "./serviceaccount.gen.ts";

/** Upstream: pkg/registry/core/serviceaccount/strategy.go */
const strategy: Strategy<V1ServiceAccount> = {
  prepareForCreate: keepSecretNames,
  prepareForUpdate: keepSecretNames,
  warningsOnCreate: (account) => mountableWarnings(account),
  warningsOnUpdate: mountableWarnings,
};

const MOUNTABLE_ANNOTATION = "kubernetes.io/enforce-mountable-secrets";

/** A reference to a secret of an account is its name. */
function keepSecretNames(account: Draft<V1ServiceAccount>): void {
  if (account.secrets) account.secrets = account.secrets.map(({ name }) => (name ? { name } : {}));
}

function mountableWarnings({ metadata }: V1ServiceAccount, old?: V1ServiceAccount): string[] {
  const annotated = ({ annotations = {} }: V1ServiceAccount["metadata"]): boolean =>
    Object.hasOwn(annotations, MOUNTABLE_ANNOTATION);
  if (!annotated(metadata) || (old && annotated(old.metadata))) return [];
  return [
    `metadata.annotations[${MOUNTABLE_ANNOTATION}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
  ];
}

export const ServiceAccount = defineKind<V1ServiceAccount>({
  group: "",
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  shortNames: ["sa"],
  scope: "Namespaced",
  versions: { v1: { schema: V1ServiceAccount, storage: true } },
  strategy,
  subresources: {
    token: {
      type: "action",
      verbs: ["create"],
      responseKind: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" },
      schema: AuthenticationV1TokenRequest,
    },
  },
  columns: [nameColumn, ageColumn],
  returnsDeletedObject: true,
});
