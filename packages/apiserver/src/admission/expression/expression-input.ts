import type { V1Namespace } from "@dingi/api";
import { AuthorizerValue, jsonValue, ResourceCheck, type Value } from "@dingi/cel";
import { groupOf, versionOf, type KubeObject } from "@dingi/apimachinery";
import type { Authorizer } from "../../authorization/authorizer.ts";
import type { AdmissionAttributes } from "../attributes.ts";
import { namespaceOf, resourceIn } from "../matching/resource.ts";
import type { VersionedAttributes } from "../versioned-attributes.ts";
import type { ExpressionActivation } from "./expression-run.ts";
import { AuthorizationAnswers } from "./authorization-answers.ts";

interface InputOptions {
  readonly attributes: AdmissionAttributes;
  /** As it matched. */
  readonly versioned: VersionedAttributes;
  /** The version of the resource in which it matched. */
  readonly apiVersion: string;
  readonly authorizer: Authorizer;
  /** Of the object's namespace; absent for what is in none, and for namespaces themselves. */
  readonly namespace?: V1Namespace | undefined;
  /** Null where there are none. */
  readonly params?: KubeObject | null | undefined;
}

/** What expressions about a request can refer to. Upstream: apiserver/pkg/admission/plugin/cel/activation.go */
export class ExpressionInput implements ExpressionActivation {
  readonly answers: AuthorizationAnswers;
  readonly #options: InputOptions;
  readonly #values = new Map<string, Value | undefined>();

  constructor(options: InputOptions) {
    this.#options = options;
    this.answers = new AuthorizationAnswers(options.authorizer, options.attributes.user);
  }

  /** The same for whoever must not ask what somebody may do. */
  withoutAuthorizer(): ExpressionActivation {
    const resolve = (name: string) => (name.startsWith("authorizer") ? undefined : this.resolve(name));
    return { answers: this.answers, resolve };
  }

  /** Made when it is asked for. */
  resolve(name: string): Value | undefined {
    if (this.#values.has(name)) return this.#values.get(name);
    const value = this.#make(name);
    this.#values.set(name, value);
    return value;
  }

  #make(name: string): Value | undefined {
    const { versioned, namespace, params } = this.#options;
    switch (name) {
      case "object":
        return jsonValue(versioned.object);
      case "oldObject":
        return jsonValue(versioned.oldObject);
      case "params":
        return jsonValue(params);
      case "request":
        return jsonValue(requestOf(this.#options));
      case "namespaceObject":
        return jsonValue(namespace && shownNamespace(namespace));
      case "authorizer":
        return new AuthorizerValue(this.answers.asker);
      case "authorizer.requestResource":
        return new ResourceCheck(this.answers.asker, requestResource(this.#options.attributes));
      default:
        return undefined;
    }
  }
}

/** Upstream: apiserver/pkg/cel/library/authz.go#NewResourceAuthorizerVal */
function requestResource(attributes: AdmissionAttributes) {
  const { kind, apiVersion, subresource, name } = attributes;
  const namespace = namespaceOf(attributes);
  return { group: groupOf(apiVersion), resource: kind.plural, subresource, namespace, name };
}

/** An AdmissionRequest without its objects. Upstream: apiserver/pkg/admission/plugin/cel/condition.go#CreateAdmissionRequest */
export function requestOf({
  attributes,
  versioned,
  apiVersion,
}: Pick<InputOptions, "attributes" | "versioned" | "apiVersion">) {
  const { subresource, objectKind, name, user, dryRun, options, operation } = attributes;
  const namespace = namespaceOf(attributes);
  const sub = subresource === "" ? {} : { subResource: subresource };
  const requestSub = subresource === "" ? {} : { requestSubResource: subresource };
  return {
    kind: kindOf(versioned),
    resource: resourceIn(apiVersion, attributes),
    ...sub,
    requestKind: kindOf(objectKind),
    requestResource: resourceIn(attributes.apiVersion, attributes),
    ...requestSub,
    ...(name === "" ? {} : { name }),
    ...(namespace === "" ? {} : { namespace }),
    operation,
    userInfo: userInfo(user),
    dryRun,
    options: options ?? null,
  };
}

const kindOf = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }) => ({
  group: groupOf(apiVersion),
  version: versionOf(apiVersion),
  kind,
});

function userInfo({ name, uid = "", groups, extra = {} }: AdmissionAttributes["user"]) {
  return {
    ...(name === "" ? {} : { username: name }),
    ...(uid === "" ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

/** Upstream: …/condition.go#CreateNamespaceObject */
function shownNamespace({ metadata, spec, status }: V1Namespace) {
  const { managedFields: _fields, ownerReferences: _owners, ...shown } = metadata;
  return { metadata: shown, spec, status };
}
