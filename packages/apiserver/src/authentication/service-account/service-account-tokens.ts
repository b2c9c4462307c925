import { Node, Pod, Secret, ServiceAccount, type V1Secret } from "@dingi/api";
import type { AnyKind, V1ObjectMeta } from "@dingi/apimachinery";
import { describeError, type Clock, type Logger } from "@dingi/base";
import type { Client } from "@dingi/client";
import type { StoreFeed } from "../../cacher/store-feed.ts";
import { LAST_USED, lastUsedLabel } from "./legacy-token.ts";
import { ServiceAccountAuthenticator } from "./service-account-authenticator.ts";
import type { TokenKeys } from "./token-keys.ts";

interface ServiceAccountTokensOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly feed: StoreFeed;
  readonly keys: TokenKeys;
  readonly issuers: readonly string[];
  readonly audiences: readonly string[];
  readonly client: () => Client;
}

/** Tokens of service accounts, held against what is stored. */
export function serviceAccountTokens(options: ServiceAccountTokensOptions): ServiceAccountAuthenticator {
  const onLegacyUse = (secret: V1Secret) => void trackLegacyUse(secret, options);
  return new ServiceAccountAuthenticator({ ...options, objects: boundObjects(options.feed), onLegacyUse });
}

function boundObjects(feed: StoreFeed) {
  const metadata = (
    kind: AnyKind | typeof Pod | typeof Node | typeof ServiceAccount,
    key: string,
  ): V1ObjectMeta | undefined => feed.cache(kind as AnyKind).get(key)?.object.metadata;
  return {
    serviceAccount: (namespace: string, name: string) => metadata(ServiceAccount, `${namespace}/${name}`),
    pod: (namespace: string, name: string) => metadata(Pod, `${namespace}/${name}`),
    secret: (namespace: string, name: string) =>
      feed.cache(Secret as AnyKind).get(`${namespace}/${name}`)?.object as V1Secret | undefined,
    node: (name: string) => metadata(Node, name),
  };
}

/** Upstream: pkg/serviceaccount/legacy.go#patchSecretWithLastUsedDate */
async function trackLegacyUse(secret: V1Secret, { clock, logger, client }: ServiceAccountTokensOptions): Promise<void> {
  const label = lastUsedLabel(secret, clock);
  if (label === undefined) return;
  const { namespace = "", name = "", uid } = secret.metadata;
  const patch = { metadata: { uid, labels: { [LAST_USED]: label } } };
  try {
    await client().patch(Secret, { namespace, name }, patch, { type: "merge" });
  } catch (error) {
    logger.warn("A token's use was not recorded", { namespace, name, error: describeError(error) });
  }
}
