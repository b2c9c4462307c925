import { newForbidden, StatusError, type UserInfo } from "@dingi/apimachinery";
import type { AuthorizationAttributes, Authorizer } from "../../authorization/authorizer.ts";
import { describeAttributes } from "../../authorization/describe.ts";
import { serviceAccountGroups } from "../service-account/claims.ts";
import { validateExtra } from "./extra.ts";
import { nodeOfUsername, serviceAccountOfUsername } from "./username.ts";
import type { WantedUser } from "./wanted-user.ts";

/** From so many on, permission for all is asked for before permission for each. */
const MANY = 4;
const AUTHENTICATED = "system:authenticated";
const UNAUTHENTICATED = "system:unauthenticated";
const NODE_NAME = "authentication.kubernetes.io/node-name";

interface Mode {
  /** "user-info"; empty is the verb that is not constrained to certain requests. */
  readonly name: string;
  /** Whether somebody can be impersonated in this mode, whoever may. */
  readonly fits: (wanted: WantedUser, requestor: UserInfo) => boolean;
}

const onlyNamed = ({ uid, groups, extra }: WantedUser): boolean =>
  uid === "" && groups.length === 0 && Object.keys(extra).length === 0;

const isNode = ({ name }: WantedUser): boolean => nodeOfUsername(name) !== undefined;
const isServiceAccount = ({ name }: UserInfo): boolean => serviceAccountOfUsername(name) !== undefined;

const ASSOCIATED = "associated-node";

/** In this order; the first that allows is taken, and the first refusal is told when none does. */
const MODES: readonly Mode[] = [
  { name: ASSOCIATED, fits: (wanted, requestor) => onlyNamed(wanted) && isNodeOf(requestor, wanted) },
  { name: "arbitrary-node", fits: (wanted) => onlyNamed(wanted) && isNode(wanted) },
  { name: "serviceaccount", fits: (wanted) => onlyNamed(wanted) && isServiceAccount(wanted) },
  { name: "user-info", fits: (wanted) => !isNode(wanted) && !isServiceAccount(wanted) },
  { name: "", fits: () => true },
];

function isNodeOf(requestor: UserInfo, wanted: WantedUser): boolean {
  const nodes = requestor.extra?.[NODE_NAME] ?? [];
  return isServiceAccount(requestor) && nodes.length === 1 && nodeOfUsername(wanted.name) === nodes[0];
}

export interface Impersonated {
  readonly user: UserInfo;
  /** The verb that allowed it, where that is constrained to certain requests. */
  readonly constraint: string | undefined;
}

/**
 * Lets who may do so act as somebody else. `impersonate` allows it for all requests; in the constrained modes, it takes
 * permission for the person (`impersonate:user-info`) and for the request (`impersonate-on:user-info:list`).
 * Upstream: apiserver/pkg/endpoints/filters/impersonation/mode.go. Differs: nothing is cached, RBAC is in memory.
 */
export class Impersonation {
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  /** Throws StatusError 403. */
  async become(wanted: WantedUser, request: AuthorizationAttributes): Promise<Impersonated> {
    let refusal: unknown;
    for (const mode of MODES.filter(({ fits }) => fits(wanted, request.user))) {
      try {
        if (mode.name !== "") await this.#allow(onBehalf(mode.name, request));
        const user = await this.#authorizePerson(mode.name, wanted, request.user);
        return { user, constraint: mode.name === "" ? undefined : `impersonate:${mode.name}` };
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        refusal ??= error;
      }
    }
    throw refusal;
  }

  async #authorizePerson(mode: string, wanted: WantedUser, requestor: UserInfo): Promise<UserInfo> {
    const ask = (attributes: Partial<AuthorizationAttributes>) =>
      this.#allow(personAttributes(mode, requestor, attributes));
    await ask(nameAttributes(mode, wanted));
    if (wanted.uid !== "") await ask({ group: AUTHENTICATION, resource: "uids", name: wanted.uid });
    await this.#authorizeGroups(mode, wanted, requestor);
    await this.#authorizeExtra(mode, wanted, requestor);
    const { name, uid, extra } = wanted;
    return {
      name,
      groups: groupsOf(mode, wanted),
      ...(uid === "" ? {} : { uid }),
      ...(Object.keys(extra).length === 0 ? {} : { extra }),
    };
  }

  async #authorizeGroups(mode: string, { groups }: WantedUser, requestor: UserInfo): Promise<void> {
    const attributes = (name: string) =>
      personAttributes(mode, requestor, { group: mode === "" ? "" : AUTHENTICATION, resource: "groups", name });
    if (mode !== "") {
      if (groups.includes("")) throw forbidden(attributes(""), "impersonating the empty string group is not allowed");
      if (groups.includes("system:masters"))
        throw forbidden(attributes("system:masters"), "impersonating the system:masters group is not allowed");
      if (groups.length >= MANY && (await this.#allows(attributes("*")))) return;
    }
    for (const group of groups) await this.#allow(attributes(group));
  }

  async #authorizeExtra(mode: string, { extra }: WantedUser, requestor: UserInfo): Promise<void> {
    const attributes = (subresource: string, name: string) =>
      personAttributes(mode, requestor, { group: AUTHENTICATION, resource: "userextras", subresource, name });
    const pairs = Object.entries(extra).flatMap(([key, values]) => values.map((value) => [key, value] as const));
    if (mode !== "" && pairs.length > 0) {
      const wrong = validateExtra(extra);
      if (wrong !== undefined) throw forbidden(attributes("", ""), wrong);
      if (pairs.length >= MANY && (await this.#allows(attributes("*", "*")))) return;
    }
    for (const [key, value] of pairs) await this.#allow(attributes(key, value));
  }

  async #allows(attributes: AuthorizationAttributes): Promise<boolean> {
    return (await this.#authorizer.authorize(attributes)).decision === "allow";
  }

  async #allow(attributes: AuthorizationAttributes): Promise<void> {
    const { decision, reason } = await this.#authorizer.authorize(attributes);
    if (decision !== "allow") throw forbidden(attributes, reason);
  }
}

const AUTHENTICATION = "authentication.k8s.io";

/** The request itself, under the verb that stands for doing it in another's name. */
function onBehalf(mode: string, request: AuthorizationAttributes): AuthorizationAttributes {
  return { ...request, user: requestorIn(mode, request.user), verb: `impersonate-on:${mode}:${request.verb}` };
}

/** Who acts for their own node is asked about all nodes: what is allowed must not depend on the node. */
function requestorIn(mode: string, user: UserInfo): UserInfo {
  if (mode !== ASSOCIATED) return user;
  const keys = Object.keys(user.extra ?? {}).sort();
  return { ...user, extra: { "authentication.kubernetes.io/associated-node-keys": keys } };
}

function personAttributes(
  mode: string,
  requestor: UserInfo,
  attributes: Partial<AuthorizationAttributes>,
): AuthorizationAttributes {
  return {
    user: requestorIn(mode, requestor),
    verb: mode === "" ? "impersonate" : `impersonate:${mode}`,
    isResource: true,
    path: "",
    group: "",
    version: "v1",
    resource: "",
    subresource: "",
    namespace: "",
    name: "",
    ...attributes,
  };
}

function nameAttributes(mode: string, { name }: WantedUser): Partial<AuthorizationAttributes> {
  const group = mode === "" ? "" : AUTHENTICATION;
  const account = serviceAccountOfUsername(name);
  if (account) return { group, resource: "serviceaccounts", ...account };
  const node = mode === "" ? undefined : nodeOfUsername(name);
  if (node === undefined) return { group, resource: "users", name };
  return { group, resource: "nodes", name: mode === ASSOCIATED ? "*" : node };
}

function groupsOf(mode: string, wanted: WantedUser): readonly string[] {
  const account = serviceAccountOfUsername(wanted.name);
  const implied = account
    ? serviceAccountGroups(account.namespace)
    : mode !== "" && isNode(wanted)
      ? ["system:nodes"]
      : [];
  const groups = wanted.groups.length > 0 ? wanted.groups : implied;
  const kind = wanted.name === "system:anonymous" ? UNAUTHENTICATED : AUTHENTICATED;
  return groups.includes(kind) || groups.includes(UNAUTHENTICATED) ? groups : [...groups, kind];
}

function forbidden(attributes: AuthorizationAttributes, reason: string): StatusError {
  const { group, resource, name } = attributes;
  return newForbidden({ group, resource }, name, describeAttributes(attributes, reason));
}
