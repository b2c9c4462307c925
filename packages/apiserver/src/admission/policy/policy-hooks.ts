import type { V1MatchResources, V1ParamKind, V1ParamRef } from "@dingi/api";
import type { KubeObject } from "@dingi/apimachinery";
import type { ResourceCache } from "../../cacher/resource-cache.ts";
import { Configured } from "../configured.ts";
import { MatchResources } from "./match-resources.ts";

/** What all policies have that matters here. */
export interface Policy extends KubeObject {
  readonly spec: {
    readonly matchConstraints?: V1MatchResources | undefined;
    readonly paramKind?: V1ParamKind | undefined;
    readonly failurePolicy?: string | undefined;
  };
}

export interface PolicyBinding extends KubeObject {
  readonly spec: {
    readonly policyName?: string | undefined;
    readonly paramRef?: V1ParamRef | undefined;
    readonly matchResources?: V1MatchResources | undefined;
  };
}

export interface BoundBy<B extends PolicyBinding> {
  readonly binding: B;
  /** Undefined: whatever the policy is about. */
  readonly resources: MatchResources | undefined;
}

/** A policy with its bindings: without one it is about nothing. */
export interface PolicyHook<P extends Policy, B extends PolicyBinding, C> {
  readonly policy: P;
  readonly resources: MatchResources;
  readonly bindings: readonly BoundBy<B>[];
  readonly compiled: C;
}

type Known<P extends Policy, C> = Omit<PolicyHook<P, never, C>, "bindings">;

/** The policies of a kind that are bound, in the order of their names. Upstream: apiserver/pkg/admission/plugin/policy/generic/policy_source.go */
export class PolicyHooks<P extends Policy, B extends PolicyBinding, C> {
  readonly #policies: Configured<Known<P, C>>;
  readonly #bindings: Configured<BoundBy<B>>;
  #joined: { readonly policies: unknown; readonly bindings: unknown; readonly hooks: readonly PolicyHook<P, B, C>[] };

  /** @param compile Called when a policy has been written, and is needed. */
  constructor(policies: ResourceCache, bindings: ResourceCache, compile: (policy: P) => C) {
    this.#policies = new Configured(policies, ({ object }) => {
      const policy = object as unknown as P;
      return { policy, resources: new MatchResources(policy.spec.matchConstraints ?? {}), compiled: compile(policy) };
    });
    this.#bindings = new Configured(bindings, ({ object }) => {
      const binding = object as unknown as B;
      const { matchResources } = binding.spec;
      return { binding, resources: matchResources && new MatchResources(matchResources) };
    });
    this.#joined = { policies: undefined, bindings: undefined, hooks: [] };
  }

  get all(): readonly PolicyHook<P, B, C>[] {
    const [policies, bindings] = [this.#policies.all, this.#bindings.all];
    if (this.#joined.policies !== policies || this.#joined.bindings !== bindings)
      this.#joined = { policies, bindings, hooks: join(policies, bindings) };
    return this.#joined.hooks;
  }
}

function join<P extends Policy, B extends PolicyBinding, C>(
  policies: readonly Known<P, C>[],
  bindings: readonly BoundBy<B>[],
): readonly PolicyHook<P, B, C>[] {
  const byPolicy = Map.groupBy(bindings, ({ binding }) => binding.spec.policyName ?? "");
  return policies.flatMap((known) => {
    const own = byPolicy.get(known.policy.metadata.name ?? "");
    return own ? [{ ...known, bindings: own }] : [];
  });
}
