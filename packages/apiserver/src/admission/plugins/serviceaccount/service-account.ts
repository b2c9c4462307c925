import {
  isMirrorPod,
  Pod,
  podReferences,
  ServiceAccount,
  type V1Pod,
  type V1ServiceAccount,
  type V1VolumeMount,
} from "@dingi/api";
import { type Draft } from "@dingi/apimachinery";
import type { Clock, Random } from "@dingi/base";
import type { ResourceCache } from "../../../cacher/resource-cache.ts";
import type { StoreFeed } from "../../../cacher/store-feed.ts";
import { isAt, isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import { refusalOf } from "../../refusal.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { foreignSecret, foreignSecretOfEphemeral, limitsSecrets } from "./mountable-secrets.ts";

const MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const VOLUME_PREFIX = "kube-api-access-";
const TOKEN_SECONDS = 3607;
const DEFAULT_ATTEMPTS = 10;
const RETRY_MS = 100;

/** Gives pods a service account and its token. Upstream: plugin/pkg/admission/serviceaccount/admission.go */
export class ServiceAccountAdmission implements AdmissionPlugin {
  readonly #feed: StoreFeed;
  readonly #accounts: ResourceCache;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(feed: StoreFeed, clock: Clock, random: Random) {
    this.#feed = feed;
    this.#accounts = feed.cache(ServiceAccount);
    this.#clock = clock;
    this.#random = random;
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE" || operation === "UPDATE";
  }

  async admit(attributes: AdmissionAttributes): Promise<void> {
    if (attributes.operation !== "CREATE" || !isWriteOf(attributes, Pod)) return;
    const pod = attributes.object;
    if (isMirrorPod(pod)) return;
    pod.spec.serviceAccountName ||= "default";
    pod.spec.serviceAccount = pod.spec.serviceAccountName;
    const account = await this.#account(attributes, pod.spec.serviceAccountName);
    if (pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) {
      mountToken(pod, this.#random);
    }
    const secrets = account.imagePullSecrets ?? [];
    if ((pod.spec.imagePullSecrets ?? []).length === 0 && secrets.length > 0)
      pod.spec.imagePullSecrets = secrets.map(({ name }) => ({ name }));
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    if (!isAt(attributes, Pod)) return;
    const { operation, subresource } = attributes;
    const pod = attributes.object as V1Pod;
    // Differs: upstream answers the same with 500, as if the server were at fault.
    if (operation === "UPDATE" && subresource === "ephemeralcontainers")
      return await this.#limitSecrets(attributes, pod, foreignSecretOfEphemeral);
    if (operation !== "CREATE" || subresource !== "") return;
    if (isMirrorPod(pod)) validateMirrorPod(attributes, pod);
    else await this.#limitSecrets(attributes, pod, foreignSecret);
  }

  /** `foreignIn` says why a pod's Secrets are not all its account's. */
  async #limitSecrets(attributes: AdmissionAttributes, pod: V1Pod, foreignIn: typeof foreignSecret): Promise<void> {
    const account = await this.#accountOf(attributes, pod);
    const foreign = limitsSecrets(account) ? foreignIn(account, pod) : undefined;
    if (foreign !== undefined) throw refuse(attributes, foreign);
  }

  async #accountOf(attributes: AdmissionAttributes, { metadata, spec }: V1Pod): Promise<V1ServiceAccount> {
    if (spec.serviceAccountName) return await this.#account(attributes, spec.serviceAccountName);
    throw refuse(attributes, `no service account specified for pod ${attributes.namespace}/${metadata.name ?? ""}`);
  }

  /** The default account is made by a controller, moments after its namespace. */
  async #account(attributes: AdmissionAttributes, name: string): Promise<V1ServiceAccount> {
    const key = `${attributes.namespace}/${name}`;
    const attempts = name === "default" ? DEFAULT_ATTEMPTS : 1;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const stored = this.#accounts.get(key);
      if (stored) return stored.object as V1ServiceAccount;
      if (attempt === 0) await this.#feed.waitUntilFresh(attributes);
      else await this.#clock.sleep(RETRY_MS + this.#random.int(RETRY_MS), attributes.signal);
    }
    throw refuse(
      attributes,
      `error looking up service account ${key}: serviceaccount ${JSON.stringify(name)} not found`,
    );
  }
}

function refuse(attributes: AdmissionAttributes, why: string): Error {
  return refusalOf(attributes, why);
}

function validateMirrorPod(attributes: AdmissionAttributes, pod: V1Pod): void {
  if (pod.spec.serviceAccountName) throw refuse(attributes, "a mirror pod may not reference service accounts");
  if ([...podReferences(pod)].some(({ resource }) => resource === "secrets"))
    throw refuse(attributes, "a mirror pod may not reference secrets");
  for (const volume of pod.spec.volumes ?? []) {
    if (volume.projected?.sources?.some((source) => source.serviceAccountToken)) {
      throw refuse(attributes, "a mirror pod may not use ServiceAccountToken volume projections");
    }
  }
}

function mountToken(pod: Draft<V1Pod>, random: Random): void {
  const existing = (pod.spec.volumes ?? []).find((volume) => volume.name.startsWith(VOLUME_PREFIX));
  const name = existing?.name ?? VOLUME_PREFIX + random.suffix(5);
  const mount: Draft<V1VolumeMount> = { name, readOnly: true, mountPath: MOUNT_PATH };
  let needed = false;
  for (const container of [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])]) {
    if (container.volumeMounts?.some(({ mountPath }) => mountPath === MOUNT_PATH)) continue;
    container.volumeMounts = [...(container.volumeMounts ?? []), { ...mount }];
    needed = true;
  }
  if (existing || !needed) return;
  const sources = [
    { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    {
      downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] },
    },
  ];
  pod.spec.volumes = [...(pod.spec.volumes ?? []), { name, projected: { sources, defaultMode: 0o644 } }];
}
