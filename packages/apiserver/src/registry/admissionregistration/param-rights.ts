import type { V1ParamKind, V1ParamRef } from "@dingi/api";
import {
  forbidden,
  groupOf,
  newInvalid,
  path,
  semanticEqual,
  versionOf,
  type KubeObject,
  type StorageHooks,
  type StrategyContext,
  type UserInfo,
} from "@dingi/apimachinery";
import type { AuthorizationAttributes, Authorizer } from "../../authorization/authorizer.ts";

const GROUP = "admissionregistration.k8s.io";
const MASTERS = "system:masters";

type Policy = KubeObject & { readonly spec: { readonly paramKind?: V1ParamKind | undefined } };
type Binding = KubeObject & {
  readonly spec: { readonly policyName?: string | undefined; readonly paramRef?: V1ParamRef | undefined };
};
type Asked = Pick<AuthorizationAttributes, "verb" | "name" | "namespace"> & Partial<AuthorizationAttributes>;

interface ParamRightsOptions {
  readonly authorizer: Authorizer;
  /** The plural of a kind that is served. */
  readonly resourceOf: (apiVersion: string, kind: string) => string | undefined;
}

/**
 * Parameters are read for everybody, so whoever names them may read them.
 * Differs: upstream asks once an object is known to be valid, here a new one is asked for before.
 * Upstream: pkg/registry/admissionregistration/{validatingadmissionpolicy,validatingadmissionpolicybinding}/authz.go
 */
export class ParamRights {
  readonly #authorizer: Authorizer;
  readonly #resourceOf: ParamRightsOptions["resourceOf"];

  constructor({ authorizer, resourceOf }: ParamRightsOptions) {
    this.#authorizer = authorizer;
    this.#resourceOf = resourceOf;
  }

  forPolicies(kind: string): StorageHooks<Policy> {
    const confirm = async (policy: Policy, old: Policy | undefined, context: StrategyContext) => {
      const { paramKind } = policy.spec;
      if (!paramKind || semanticEqual(paramKind, old?.spec.paramKind)) return;
      const asked = { ...this.#resourceFor(paramKind), verb: "get", name: "*", namespace: "*" };
      if (await this.#allows(context, asked)) return;
      const { kind: named = "", apiVersion = "" } = paramKind;
      const text = `user ${goUser(context.user)} must have "get" permission on all objects of the referenced paramKind (kind=${named}, apiVersion=${apiVersion})`;
      throw refuse({ kind, object: policy, field: "paramKind", text });
    };
    return onCreateAndUpdate(confirm);
  }

  /** `policyOf` finds a policy by its name. */
  forBindings(kind: string, policyOf: (name: string) => Policy | undefined): StorageHooks<Binding> {
    const confirm = async (binding: Binding, old: Binding | undefined, context: StrategyContext) => {
      const { paramRef, policyName = "" } = binding.spec;
      if (!paramRef || (old && isSameReference(binding, old))) return;
      const asked = askedFor(paramRef);
      const policy = policyOf(policyName);
      const found = this.#resourceFor(policy?.spec.paramKind ?? {});
      if (await this.#allows(context, { ...found, ...asked })) return;
      const text = bindingText({
        who: goUser(context.user),
        verb: asked.verb,
        policyName,
        isKnown: policy !== undefined,
      });
      throw refuse({ kind, object: binding, field: "paramRef", text });
    };
    return onCreateAndUpdate(confirm);
  }

  /** What is not known is asked for as anything. */
  #resourceFor({ apiVersion = "", kind = "" }: V1ParamKind) {
    if (apiVersion === "" || apiVersion.split("/").length > 2) return { group: "*", version: "*", resource: "*" };
    const resource = this.#resourceOf(apiVersion, kind) ?? "*";
    return { group: groupOf(apiVersion), version: versionOf(apiVersion), resource };
  }

  async #allows({ user }: StrategyContext, asked: Asked): Promise<boolean> {
    if (user.groups.includes(MASTERS)) return true;
    const rest = { isResource: true, path: "", group: "*", version: "*", resource: "*", subresource: "" };
    const { decision } = await this.#authorizer.authorize({ ...rest, ...asked, user });
    return decision === "allow";
  }
}

function onCreateAndUpdate<T extends KubeObject>(
  confirm: (object: T, old: T | undefined, context: StrategyContext) => Promise<void>,
): StorageHooks<T> {
  return {
    authorize: async (object, old, context) => (old === undefined ? confirm(object, old, context) : undefined),
    confirmUpdate: confirm,
  };
}

const isSameReference = ({ spec }: Binding, old: Binding): boolean =>
  semanticEqual(spec.paramRef, old.spec.paramRef) && spec.policyName === old.spec.policyName;

/** Those that a selector finds are listed. */
function askedFor({ name = "", namespace = "" }: V1ParamRef): Asked {
  return { verb: name === "" ? "list" : "get", name, namespace };
}

function bindingText(of: { who: string; verb: string; policyName: string; isKnown: boolean }): string {
  const { who, verb, policyName, isKnown } = of;
  if (isKnown) return `user ${who} does not have "${verb}" permission on the object referenced by paramRef`;
  return `unable to get policy ${policyName} to determine minimum required permissions and user ${who} does not have "${verb}" permission for all groups, versions and resources`;
}

interface Refusal {
  readonly kind: string;
  readonly object: KubeObject;
  readonly field: string;
  readonly text: string;
}

function refuse({ kind, object, field, text }: Refusal): Error {
  return newInvalid({ group: GROUP, kind }, object.metadata.name ?? "", [forbidden(path("spec", field), text)]);
}

/** As Go prints whom it knows: his name, his uid, his groups, and what else is said of him. */
function goUser({ name, uid = "", groups, extra = {} }: UserInfo): string {
  const more = Object.entries(extra)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, values]) => `${key}:[${values.join(" ")}]`);
  return `&{${name} ${uid} [${groups.join(" ")}] map[${more.join(" ")}]}`;
}
