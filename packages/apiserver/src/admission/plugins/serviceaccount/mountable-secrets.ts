import type { V1Container, V1Pod, V1ServiceAccount } from "@dingi/api";
import { parseGoBool } from "@dingi/apimachinery";

const ENFORCE = "kubernetes.io/enforce-mountable-secrets";

/** Whether pods of this account may use no other Secrets than those that it names. */
export function limitsSecrets({ metadata }: V1ServiceAccount): boolean {
  return parseGoBool(metadata.annotations?.[ENFORCE] ?? "") === true;
}

/**
 * Why a pod's Secrets are not all its account's; undefined when they are.
 * Upstream: plugin/pkg/admission/serviceaccount/admission.go#limitSecretReferences
 */
export function foreignSecret(account: V1ServiceAccount, { spec }: V1Pod): string | undefined {
  const own = namesOf(account.secrets);
  const volume = spec.volumes?.find(({ secret }) => secret && !own.has(secret.secretName ?? ""));
  const what = volume && `volume with secret.secretName="${volume.secret!.secretName ?? ""}"`;
  return (
    sentence(what, account) ??
    foreignOf("init container", spec.initContainers, account) ??
    foreignOf("container", spec.containers, account) ??
    foreignPullSecret(account, spec.imagePullSecrets)
  );
}

/** The same of those that were put into a pod that runs. Upstream: …#limitEphemeralContainerSecretReferences */
export function foreignSecretOfEphemeral(account: V1ServiceAccount, { spec }: V1Pod): string | undefined {
  return foreignOf("ephemeral container", spec.ephemeralContainers, account);
}

type Environment = Pick<V1Container, "name" | "env" | "envFrom">;

function foreignOf(what: string, containers: readonly Environment[] = [], account: V1ServiceAccount) {
  const own = namesOf(account.secrets);
  for (const { name: container, env = [], envFrom = [] } of containers) {
    const named = env.flatMap(({ name, valueFrom }) => {
      const secret = valueFrom?.secretKeyRef?.name;
      return secret === undefined ? [] : [{ secret, by: `envVar ${name}` }];
    });
    const whole = envFrom.flatMap(({ secretRef }) => (secretRef ? [{ secret: secretRef.name, by: "envFrom" }] : []));
    const foreign = [...named, ...whole].find(({ secret = "" }) => !own.has(secret));
    if (!foreign) continue;
    const { secret = "", by } = foreign;
    return sentence(`${what} ${container} with ${by} referencing secret.secretName="${secret}"`, account);
  }
  return undefined;
}

function foreignPullSecret(account: V1ServiceAccount, references: V1Pod["spec"]["imagePullSecrets"] = []) {
  const own = namesOf(account.imagePullSecrets);
  const index = references.findIndex(({ name = "" }) => !own.has(name));
  if (index < 0) return undefined;
  return sentence(`imagePullSecrets[${index}].name="${references[index]!.name ?? ""}"`, account, "imagePullSecret");
}

function sentence(what: string | undefined, { metadata }: V1ServiceAccount, kind = "secret"): string | undefined {
  if (what === undefined) return undefined;
  return `${what} is not allowed because service account ${metadata.name} does not reference that ${kind}`;
}

const namesOf = (references: readonly { readonly name?: string | undefined }[] = []): ReadonlySet<string> =>
  new Set(references.map(({ name = "" }) => name));
