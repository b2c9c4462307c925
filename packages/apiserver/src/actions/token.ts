import { Node, Pod, Secret, TokenRequest, type V1Pod, type AuthenticationV1TokenRequest } from "@dingi/api";
import {
  wireTime,
  invalid,
  newBadRequest,
  newConflict,
  newInvalid,
  newNotFound,
  type AnyKind,
  type ApiResponse,
  type Draft,
  type KubeObject,
  type StatusError,
} from "@dingi/apimachinery";
import type { TokenClaims } from "../authentication/service-account/claims.ts";
import { serviceAccountUsername } from "../authentication/service-account/claims.ts";
import type { TokenKeys } from "../authentication/service-account/token-keys.ts";
import type { ActionCall, ActionHandler } from "../endpoints/action.ts";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import { openWrite } from "../endpoints/write-call.ts";
import { decodeBody } from "../negotiation/decode.ts";
import { respondObject } from "../negotiation/respond.ts";

/** Pods ask for this odd figure: their token really lives a year, and using it after an hour is merely warned of. */
const WARN_ONLY_SECONDS = 3607;
const EXTENDED_SECONDS = 365 * 24 * 3600;

export interface TokenHandlerOptions {
  readonly keys: TokenKeys;
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** No limit when absent. */
  readonly maxExpirationSeconds?: number | undefined;
  /** Whether tokens of pods live a year; so when absent. */
  readonly extendsExpiration?: boolean | undefined;
}

/** Makes tokens for service accounts. Upstream: pkg/registry/core/serviceaccount/storage/token.go */
export class TokenHandler implements ActionHandler {
  readonly #options: TokenHandlerOptions;

  constructor(options: TokenHandlerOptions) {
    this.#options = options;
  }

  async handle(call: ActionCall, services: EndpointServices): Promise<ApiResponse> {
    const { info, request } = call;
    const write = openWrite(call, services, "CreateOptions");
    const expected = { apiVersion: TokenRequest.apiVersion, kind: "TokenRequest", schema: TokenRequest.schema };
    const asked = (await decodeBody(request, expected, write.decode)) as Draft<AuthenticationV1TokenRequest>;
    const namespace = asked.metadata.namespace ?? "";
    if (namespace !== "" && namespace !== info.namespace) throw newBadRequest(WRONG_NAMESPACE);
    TokenRequest.defaults?.(asked);
    checkName(asked, info.name);
    await services.feed.waitUntilFresh(write.context);
    const account = services.resourceStore(call.kind).get({ namespace: info.namespace, name: info.name }).object;
    checkUid(asked, account);
    const errors = TokenRequest.validate?.(asked) ?? [];
    if (errors.length > 0) throw newInvalid({ group: GROUP, kind: "TokenRequest" }, "", errors);
    const { apiVersion, schema } = TokenRequest;
    const objectKind = { apiVersion, kind: "TokenRequest", schema };
    const admitted = { operation: "CREATE", object: asked as Draft<KubeObject>, objectKind } as const;
    asked.metadata = { ...asked.metadata, namespace: info.namespace };
    await write.context.admission.admit(admitted);
    // What was left open is settled between the two: nodes may leave it open, and whoever judges sees what it comes to.
    asked.metadata = { ...asked.metadata, name: info.name };
    if ((asked.spec.audiences ?? []).length === 0) asked.spec.audiences = [...this.#options.audiences];
    await write.context.admission.validate(admitted);
    const object = this.#issue(asked, account, call, services);
    return respondObject(request, { object, schema: TokenRequest.schema, status: 201, warnings: call.warnings });
  }

  #secondsFor({ spec }: AuthenticationV1TokenRequest, { warnings }: ActionCall): number {
    const seconds = Number(spec.expirationSeconds);
    const { maxExpirationSeconds: most = Infinity } = this.#options;
    if (seconds <= most) return seconds;
    warnings.push(`requested expiration of ${seconds} seconds shortened to ${most} seconds`);
    return most;
  }

  #issue(
    asked: AuthenticationV1TokenRequest,
    account: KubeObject,
    call: ActionCall,
    services: EndpointServices,
  ): object {
    const seconds = this.#secondsFor(asked, call);
    const audiences = (asked.spec.audiences ?? []).length > 0 ? asked.spec.audiences! : this.#options.audiences;
    const bound = bindTo(asked, account, services);
    const now = Math.floor(services.clock.now() / 1000);
    const warnOnly =
      this.#options.extendsExpiration !== false &&
      seconds === WARN_ONLY_SECONDS &&
      bound.pod !== undefined &&
      sameAudiences(audiences, this.#options.audiences);
    const claims: TokenClaims = {
      aud: audiences,
      exp: now + (warnOnly ? EXTENDED_SECONDS : seconds),
      iat: now,
      nbf: now,
      iss: this.#options.issuer,
      jti: services.random.uuid(),
      sub: serviceAccountUsername(call.info.namespace, call.info.name),
      "kubernetes.io": {
        namespace: call.info.namespace,
        serviceaccount: { name: call.info.name, uid: account.metadata.uid! },
        ...bound,
        ...(warnOnly ? { warnafter: now + seconds } : {}),
      },
    };
    const { name, namespace, uid } = account.metadata;
    return {
      kind: "TokenRequest",
      apiVersion: TokenRequest.apiVersion,
      metadata: { name, namespace, uid, creationTimestamp: wireTime(services.clock.now()) },
      spec: { audiences, expirationSeconds: seconds, boundObjectRef: asked.spec.boundObjectRef ?? null },
      status: { token: this.#options.keys.sign(claims), expirationTimestamp: wireTime((now + seconds) * 1000) },
    };
  }
}

type BoundClaims = Pick<TokenClaims["kubernetes.io"], "pod" | "secret" | "node">;

/** Throws StatusError 400, 404 or 409 when the object is not there or not the one that is meant. */
function bindTo(asked: AuthenticationV1TokenRequest, account: KubeObject, services: EndpointServices): BoundClaims {
  const ref = asked.spec.boundObjectRef;
  if (!ref) return {};
  const { name = "", uid = "" } = ref;
  const kind = BINDABLE.find((candidate) => candidate.kind === ref.kind && groupOf(ref.apiVersion) === "");
  if (!kind)
    throw newBadRequest(`cannot bind token to object of type ${describeKind(ref.apiVersion ?? "", ref.kind ?? "")}`);
  const key = kind.scope === "Cluster" ? name : `${account.metadata.namespace ?? ""}/${name}`;
  const found = services.resourceStore(kind).cache.get(key)?.object;
  if (!found) throw newNotFound({ group: "", resource: kind.plural }, name);
  const bound = kind.kind === "Pod" ? bindToPod(found as V1Pod, account, services) : undefined;
  if (uid !== "" && uid !== found.metadata.uid) throw otherUid(kind, name, uid);
  return bound ?? (kind.kind === "Node" ? { node: boundTo(found) } : { secret: boundTo(found) });
}

function bindToPod(pod: V1Pod, account: KubeObject, services: EndpointServices): BoundClaims {
  if (pod.spec.serviceAccountName !== account.metadata.name) throw otherAccount(account);
  const { nodeName } = pod.spec;
  if (!nodeName) return { pod: boundTo(pod) };
  const node = services.resourceStore(Node as AnyKind).cache.get(nodeName)?.object;
  return { pod: boundTo(pod), node: node ? boundTo(node) : { name: nodeName } };
}

const BINDABLE: readonly AnyKind[] = [Pod, Secret, Node] as never;

const boundTo = ({ metadata }: KubeObject) => ({ name: metadata.name!, uid: metadata.uid! });

const groupOf = (apiVersion = ""): string => (apiVersion.includes("/") ? apiVersion.split("/")[0]! : "");

function describeKind(apiVersion: string, kind: string): string {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  return `${group}/${version}, Kind=${kind}`;
}

function otherAccount(account: KubeObject): StatusError {
  const name = JSON.stringify(account.metadata.name);
  return newBadRequest(
    `cannot bind token for serviceaccount ${name} to pod running with different serviceaccount name.`,
  );
}

function otherUid({ kind }: AnyKind, name: string, uid: string): StatusError {
  return newConflict(
    { group: "", resource: kind },
    name,
    `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
  );
}

const WRONG_NAMESPACE = "the namespace of the provided object does not match the namespace sent on the request";

const GROUP = groupOf(TokenRequest.apiVersion);

function checkName({ metadata: { name = "" } }: AuthenticationV1TokenRequest, account: string): void {
  if (name === "" || name === account) return;
  const error = invalid("metadata.name", name, "must match the service account name if specified");
  throw newInvalid({ group: GROUP, kind: "TokenRequest" }, account, [error]);
}

function checkUid({ metadata: { uid = "" } }: AuthenticationV1TokenRequest, account: KubeObject): void {
  if (uid === "" || uid === account.metadata.uid) return;
  throw newConflict(
    { group: GROUP, resource: "TokenRequest" },
    account.metadata.name ?? "",
    `the UID in the token request (${uid}) does not match the UID of the service account (${account.metadata.uid})`,
  );
}

function sameAudiences(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((audience) => b.includes(audience));
}
