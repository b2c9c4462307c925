import { createPrivateKey, sign } from "node:crypto";
import { Secret, ServiceAccount, type V1Secret } from "@dingi/api";
import { ignoreNotFound, keyOf, keyString, type ObjectKey } from "@dingi/apimachinery";
import {
  DONE,
  defineController,
  indexOf,
  watchOf,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";

const TYPE = "kubernetes.io/service-account-token";
const NAME = "kubernetes.io/service-account.name";
const UID = "kubernetes.io/service-account.uid";

/** Fills Secrets of the service account token type. Upstream: pkg/controller/serviceaccount/tokens_controller.go */
export function serviceAccountTokenController(options: {
  readonly privateKey: string;
  readonly rootCa: string;
}): ControllerDefinition {
  return defineController({
    name: "serviceaccount-token-controller",
    // Who makes the accounts' tokens cannot have one itself: it acts as the manager, as upstream's does.
    serviceAccount: undefined,
    for: Secret,
    watches: [
      watchOf(ServiceAccount, (account, { cache }) =>
        cache.by(Secret, "account", keyString(keyOf(account))).map(keyOf),
      ),
    ],
    indexes: [
      indexOf(Secret, "account", ({ type, metadata: { namespace = "", annotations } }) =>
        type === TYPE ? [keyString({ namespace, name: annotations?.[NAME] ?? "" })] : [],
      ),
    ],
    reconcile: (key, context) => reconcile(key, context, options),
  });
}

async function reconcile(
  key: ObjectKey,
  { cache, client }: ReconcileContext,
  options: { readonly privateKey: string; readonly rootCa: string },
): Promise<Result> {
  const secret = cache.get(Secret, key);
  if (!secret || secret.type !== TYPE || secret.metadata.deletionTimestamp !== undefined) return DONE;
  const account = cache.get(ServiceAccount, {
    namespace: key.namespace,
    name: secret.metadata.annotations?.[NAME] ?? "",
  });
  if (!account || (secret.metadata.annotations?.[UID] && secret.metadata.annotations[UID] !== account.metadata.uid)) {
    // The account is gone, and with it the right to its token.
    if (secret.metadata.annotations?.[UID])
      await client.delete(Secret, key, { preconditions: { uid: secret.metadata.uid } }).catch(ignoreNotFound);
    return DONE;
  }
  if (secret.data?.["token"] && secret.data["ca.crt"]) return DONE;
  const encode = (text: string) => Buffer.from(text).toString("base64");
  const token = legacyToken(options.privateKey, {
    secret,
    uid: account.metadata.uid ?? "",
    account: account.metadata.name ?? "",
  });
  const data = {
    ...secret.data,
    token: encode(token),
    "ca.crt": encode(options.rootCa),
    namespace: encode(key.namespace),
  };
  const annotations = { ...secret.metadata.annotations, [UID]: account.metadata.uid ?? "" };
  await client.update(Secret, { ...secret, data, metadata: { ...secret.metadata, annotations } });
  return DONE;
}

/** Without an expiry: it ends with its Secret. */
function legacyToken(
  privateKey: string,
  { secret, uid, account }: { secret: V1Secret; uid: string; account: string },
): string {
  const namespace = secret.metadata.namespace ?? "";
  const key = createPrivateKey(privateKey);
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = {
    iss: "kubernetes/serviceaccount",
    "kubernetes.io/serviceaccount/namespace": namespace,
    "kubernetes.io/serviceaccount/secret.name": secret.metadata.name,
    "kubernetes.io/serviceaccount/service-account.name": account,
    "kubernetes.io/serviceaccount/service-account.uid": uid,
    sub: `system:serviceaccount:${namespace}:${account}`,
  };
  const text = `${encode({ alg: key.asymmetricKeyType === "ec" ? "ES256" : "RS256" })}.${encode(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}
