import { Node, Pod, Secret, TokenRequest, type V1Pod, type AuthenticationV1TokenRequest } from "@dingi/api";
import {
  wireTime,
  invalid,
  newBadRequest,
  newConflict,
  newInvalid,
  newNotFound,
  notSupported,
  type AnyKind,
  type ApiResponse,
  type FieldError,
  type KubeObject,
} from "@dingi/apimachinery";
import type { TokenClaims } from "../authentication/service-account/claims.ts";
import { serviceAccountUsername } from "../authentication/service-account/claims.ts";
import type { TokenKeys } from "../authentication/service-account/token-keys.ts";
import type { ActionCall, ActionHandler } from "../endpoints/action.ts";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import { openWrite } from "../endpoints/write-call.ts";
import { decodeBody } from "../negotiation/decode.ts";
import { respondObject } from "../negotiation/respond.ts";

const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;
const DEFAULT_SECONDS = 3600;
/** Pods ask for this odd figure: their token really lives a year, and using it after an hour is merely warned of. */
const WARN_ONLY_SECONDS = 3607;
const EXTENDED_SECONDS = 365 * 24 * 3600;

export interface TokenHandlerOptions {
  readonly keys: TokenKeys;
  readonly issuer: string;
  readonly audiences: readonly string[];
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
    await services.feed.waitUntilFresh(request);
    const account = services.resourceStore(call.kind).get({ namespace: info.namespace, name: info.name }).object;
    const expected = { apiVersion: TokenRequest.apiVersion, kind: "TokenRequest", schema: TokenRequest.schema };
    const asked = (await decodeBody(request, expected, write.decode)) as unknown as AuthenticationV1TokenRequest;
    const object = this.#issue(asked, account, call, services);
    return respondObject(request, { object, schema: TokenRequest.schema, status: 201, warnings: call.warnings });
  }

  #issue(
    asked: AuthenticationV1TokenRequest,
    account: KubeObject,
    call: ActionCall,
    services: EndpointServices,
  ): object {
    const seconds = Number(asked.spec.expirationSeconds ?? DEFAULT_SECONDS);
    validate(asked, seconds, call);
    const audiences = (asked.spec.audiences ?? []).length > 0 ? asked.spec.audiences! : this.#options.audiences;
    const bound = this.#bindTo(asked, account, services);
    const now = Math.floor(services.clock.now() / 1000);
    const warnOnly =
      seconds === WARN_ONLY_SECONDS && bound.pod !== undefined && sameAudiences(audiences, this.#options.audiences);
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
    const { name, namespace } = account.metadata;
    return {
      kind: "TokenRequest",
      apiVersion: TokenRequest.apiVersion,
      metadata: { name, namespace, creationTimestamp: wireTime(services.clock.now()) },
      spec: { audiences, expirationSeconds: seconds, boundObjectRef: asked.spec.boundObjectRef ?? null },
      status: { token: this.#options.keys.sign(claims), expirationTimestamp: wireTime((now + seconds) * 1000) },
    };
  }

  #bindTo(
    asked: AuthenticationV1TokenRequest,
    account: KubeObject,
    services: EndpointServices,
  ): Pick<TokenClaims["kubernetes.io"], "pod" | "secret" | "node"> {
    const ref = asked.spec.boundObjectRef;
    if (!ref) return {};
    const namespace = account.metadata.namespace ?? "";
    const name = ref.name ?? "";
    const load = (kind: AnyKind, inNamespace: string) => {
      const found = services.resourceStore(kind).cache.get(inNamespace === "" ? name : `${inNamespace}/${name}`);
      if (!found) throw newNotFound({ group: "", resource: kind.plural }, name);
      const uid = found.object.metadata.uid!;
      if (ref.uid && ref.uid !== uid) {
        throw newConflict(
          { group: "", resource: kind.plural },
          name,
          `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
        );
      }
      return { object: found.object, bound: { name, uid } };
    };
    if (ref.kind === "Secret") return { secret: load(Secret, namespace).bound };
    if (ref.kind === "Node") return { node: load(Node, "").bound };
    if (ref.kind !== "Pod")
      throw newBadRequest(`cannot bind token for serviceaccount to object type ${ref.kind ?? ""}`);
    const { object, bound } = load(Pod, namespace);
    const pod = object as V1Pod;
    if (pod.spec.serviceAccountName !== account.metadata.name) {
      throw newBadRequest(
        `cannot bind token for serviceaccount ${JSON.stringify(account.metadata.name)} to pod running with different serviceaccount name.`,
      );
    }
    const node = services.resourceStore(Node).cache.get(pod.spec.nodeName ?? "")?.object;
    return { pod: bound, ...(node ? { node: { name: node.metadata.name!, uid: node.metadata.uid! } } : {}) };
  }
}

function sameAudiences(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((audience) => b.includes(audience));
}

function validate(asked: AuthenticationV1TokenRequest, seconds: number, call: ActionCall): void {
  const errors: FieldError[] = [];
  if (seconds < MIN_SECONDS)
    errors.push(invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes"));
  if (seconds > MAX_SECONDS)
    errors.push(invalid("spec.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds"));
  const ref = asked.spec.boundObjectRef;
  if (ref && !["Pod", "Secret", "Node"].includes(ref.kind ?? "")) {
    errors.push(notSupported("spec.boundObjectRef.kind", ref.kind ?? "", ["Node", "Pod", "Secret"]));
  }
  if (errors.length > 0)
    throw newInvalid({ group: "authentication.k8s.io", kind: "TokenRequest" }, call.info.name, errors);
}
