import type { V1ParamKind, V1ParamRef } from "@dingi/api";
import {
  canonicalize,
  groupOf,
  labelSelectorAsSelector,
  versionOf,
  type AnyKind,
  type KubeObject,
  type ServedKinds,
} from "@dingi/apimachinery";
import type { StoreFeed } from "../../cacher/store-feed.ts";
import type { Stored } from "../../cacher/stored.ts";
import type { AdmissionAttributes } from "../attributes.ts";
import { namespaceOf } from "../matching/resource.ts";

interface ParamsAsked {
  readonly paramKind: V1ParamKind | undefined;
  readonly paramRef: V1ParamRef | undefined;
}

const NONE: readonly null[] = [null];

/** The params with which a policy is evaluated, once for each. Upstream: apiserver/pkg/admission/plugin/policy/generic/policy_dispatcher.go#CollectParams */
export class Params {
  readonly #feed: StoreFeed;
  readonly #kinds: ServedKinds;

  constructor(feed: StoreFeed, kinds: ServedKinds) {
    this.#feed = feed;
    this.#kinds = kinds;
  }

  /** Throws an Error where nobody serves what a policy has its params from. Upstream: …/generic/policy_source.go#calculatePolicyData */
  require({ apiVersion = "", kind = "" }: V1ParamKind): AnyKind {
    const found = this.#kinds.scheme.byKind(apiVersion, kind);
    if (found) return found;
    const shown = `${groupOf(apiVersion)}/${versionOf(apiVersion)}, Kind=${kind}`;
    throw new Error(`failed to find resource referenced by paramKind: '${shown}'`);
  }

  /** As they are written in the version of their kind. Throws an Error that says why there can be none. */
  async find(asked: ParamsAsked, attributes: AdmissionAttributes): Promise<readonly (KubeObject | null)[]> {
    const { paramKind, paramRef } = asked;
    if (!paramKind || !paramRef) return NONE;
    const kind = this.require(paramKind);
    const namespace = namespaceFor(kind, paramRef, attributes);
    const found = await this.#stored(kind, { namespace, paramRef }, attributes);
    if (found.length === 0 && paramRef.parameterNotFoundAction === "Deny")
      throw new Error("no params found for policy binding with `Deny` parameterNotFoundAction");
    return await Promise.all(found.map((stored) => written(stored, paramKind.apiVersion ?? "")));
  }

  async #stored(
    kind: AnyKind,
    { namespace, paramRef }: { readonly namespace: string; readonly paramRef: V1ParamRef },
    attributes: AdmissionAttributes,
  ): Promise<readonly Stored[]> {
    const cache = this.#feed.cache(kind);
    const prefix = namespace === "" ? "" : `${namespace}/`;
    if (!paramRef.name) {
      const selector = labelSelectorAsSelector(paramRef.selector);
      const all = prefix === "" ? cache.snapshot().values() : cache.snapshot().values({ prefix });
      return [...all].filter(({ object }) => selector.matches(object.metadata.labels));
    }
    const key = prefix + paramRef.name;
    const known = cache.get(key);
    if (known) return [known];
    // It may have been written a moment ago.
    await this.#feed.waitUntilFresh(attributes);
    const newer = cache.get(key);
    return newer ? [newer] : [];
  }
}

function namespaceFor(kind: AnyKind, { namespace = "" }: V1ParamRef, attributes: AdmissionAttributes): string {
  if (kind.scope === "Cluster") {
    if (namespace === "") return "";
    throw new Error("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
  }
  const found = namespace || namespaceOf(attributes);
  if (found !== "") return found;
  throw new Error("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
}

async function written({ kind, object }: Stored, apiVersion: string): Promise<KubeObject> {
  const [converted] = await kind.converter.toVersion([object], kind.apiVersion, apiVersion);
  const { schema } = kind.versions[apiVersion]!;
  return { ...(canonicalize(schema, converted) as KubeObject), apiVersion, kind: kind.kind };
}
