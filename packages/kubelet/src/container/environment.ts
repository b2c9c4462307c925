import type {
  V1ConfigMap,
  V1Container,
  V1EnvFromSource,
  V1EnvVar,
  V1FileKeySelector,
  V1Pod,
  V1Secret,
} from "@dingi/api";
import { EnvFileError, envFileValue } from "./env-file.ts";
import { expand } from "./expansion.ts";
import { fieldValue, FieldReferenceError, resourceValue, type PodAddresses } from "./field-reference.ts";

/** Why a container cannot be made from its spec: CreateContainerConfigError. */
export class ContainerConfigError extends Error {
  override name = "ContainerConfigError";
}

/** Where a container's environment comes from. Lookups throw when the API server cannot be asked. */
export interface EnvironmentSources {
  configMap(namespace: string, name: string): Promise<V1ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<V1Secret | undefined>;
  readonly services: ReadonlyMap<string, string>;
  readonly addresses: PodAddresses;
  /** A file of one of the pod's volumes; undefined when there is none. */
  readonly file?: (volume: string, path: string) => Promise<string | undefined>;
}

/** In order: services, envFrom, env, each seeing those before it. Upstream: pkg/kubelet/kubelet_pods.go#makeEnvironmentVariables */
export async function makeEnvironment(
  pod: V1Pod,
  container: V1Container,
  sources: EnvironmentSources,
): Promise<Map<string, string>> {
  const result = new Map<string, string>();
  const namespace = pod.metadata.namespace ?? "";
  for (const from of container.envFrom ?? []) {
    for (const [key, value] of await valuesFrom(namespace, from, sources)) result.set((from.prefix ?? "") + key, value);
  }
  const lookup = (name: string) => result.get(name) ?? sources.services.get(name);
  for (const variable of container.env ?? []) {
    const value = await valueOf(pod, container, variable, sources, lookup);
    if (value !== undefined) result.set(variable.name, value);
  }
  for (const [name, value] of sources.services) if (!result.has(name)) result.set(name, value);
  return result;
}

/** All that a ConfigMap or Secret holds; nothing where an optional one does not exist. */
async function valuesFrom(
  namespace: string,
  { configMapRef, secretRef }: V1EnvFromSource,
  sources: EnvironmentSources,
): Promise<[key: string, value: string][]> {
  if (configMapRef) {
    const map = await sources.configMap(namespace, configMapRef.name ?? "");
    if (!map && !configMapRef.optional)
      throw new ContainerConfigError(`configmap ${JSON.stringify(configMapRef.name)} not found`);
    return Object.entries(map?.data ?? {});
  }
  if (!secretRef) return [];
  const secret = await sources.secret(namespace, secretRef.name ?? "");
  if (!secret && !secretRef.optional)
    throw new ContainerConfigError(`secret ${JSON.stringify(secretRef.name)} not found`);
  return Object.entries(secret?.data ?? {}).map(([key, value]) => [key, decode(value)]);
}

async function valueOf(
  pod: V1Pod,
  container: V1Container,
  variable: V1EnvVar,
  sources: EnvironmentSources,
  lookup: (name: string) => string | undefined,
): Promise<string | undefined> {
  if (variable.value) return expand(variable.value, lookup);
  const from = variable.valueFrom;
  if (!from) return "";
  try {
    if (from.fieldRef) return fieldValue(pod, from.fieldRef, sources.addresses);
    if (from.resourceFieldRef) return resourceValue(pod, from.resourceFieldRef, container.name, sources.addresses);
  } catch (error) {
    throw error instanceof FieldReferenceError ? new ContainerConfigError(error.message) : error;
  }
  if (from.fileKeyRef) return await fileValue(from.fileKeyRef, sources);
  return await keyValue(pod.metadata.namespace ?? "", variable, sources);
}

/** A container before this one has written it. An optional variable may be missing, but not its file. */
async function fileValue(
  { volumeName, path, key, optional }: V1FileKeySelector,
  { file }: EnvironmentSources,
): Promise<string | undefined> {
  try {
    const text = await file?.(volumeName, path);
    const value = text === undefined ? undefined : envFileValue(text, key);
    if (value) return value;
    if (value === "" && optional) return undefined;
    if (value === "")
      throw new ContainerConfigError(
        `environment variable key ${JSON.stringify(key)} not found in file ${JSON.stringify(path)}`,
      );
  } catch (error) {
    // What the file holds instead stays inside: it may be secret.
    if (!(error instanceof EnvFileError)) throw error;
  }
  throw new ContainerConfigError("couldn't parse env file");
}

async function keyValue(
  namespace: string,
  { valueFrom }: V1EnvVar,
  sources: EnvironmentSources,
): Promise<string | undefined> {
  if (valueFrom?.configMapKeyRef) {
    const { name = "", key, optional } = valueFrom.configMapKeyRef;
    const map = await sources.configMap(namespace, name);
    const value = map?.data?.[key];
    if (value !== undefined || optional) return value;
    throw new ContainerConfigError(
      map
        ? `couldn't find key ${key} in ConfigMap ${namespace}/${name}`
        : `configmap ${JSON.stringify(name)} not found`,
    );
  }
  if (!valueFrom?.secretKeyRef) return "";
  const { name = "", key, optional } = valueFrom.secretKeyRef;
  const secret = await sources.secret(namespace, name);
  const value = secret?.data?.[key];
  if (value !== undefined) return decode(value);
  if (optional) return undefined;
  throw new ContainerConfigError(
    secret ? `couldn't find key ${key} in Secret ${namespace}/${name}` : `secret ${JSON.stringify(name)} not found`,
  );
}

function decode(base64: string): string {
  return Buffer.from(base64, "base64").toString();
}
