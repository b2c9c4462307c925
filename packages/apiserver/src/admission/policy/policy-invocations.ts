import type { V1Namespace } from "@dingi/api";
import type { KubeObject } from "@dingi/apimachinery";
import type { AdmissionAttributes } from "../attributes.ts";
import { isNamespace } from "../matching/resource.ts";
import type { BoundBy, Policy, PolicyBinding, PolicyHook } from "./policy-hooks.ts";
import type { PolicyPluginParts } from "./policy-parts.ts";

/** A policy that is about a request, by one of its bindings, with one of the params of that. */
export interface PolicyInvocation<P extends Policy, B extends PolicyBinding, C> {
  readonly hook: PolicyHook<P, B, C>;
  readonly binding: B;
  /** The version of the addressed resource that the policy has named. */
  readonly apiVersion: string;
  readonly params: KubeObject | null;
  readonly namespace: V1Namespace | undefined;
}

/** Why a policy could not be followed. */
export interface PolicyFault {
  readonly hook: { readonly policy: Policy };
  readonly binding?: KubeObject | undefined;
  readonly message: string;
  /** How it is configured is wrong, not what came of it. */
  readonly isConfiguration?: true;
}

interface Found<P extends Policy, B extends PolicyBinding, C> {
  readonly invocations: readonly PolicyInvocation<P, B, C>[];
  readonly faults: PolicyFault[];
}

/** What policies say about one request. Upstream: apiserver/pkg/admission/plugin/policy/generic/policy_dispatcher.go#Dispatch */
export class PolicyInvocations {
  readonly #parts: PolicyPluginParts;
  readonly #attributes: AdmissionAttributes;

  constructor(parts: PolicyPluginParts, attributes: AdmissionAttributes) {
    this.#parts = parts;
    this.#attributes = attributes;
  }

  async of<P extends Policy, B extends PolicyBinding, C>(
    hooks: readonly PolicyHook<P, B, C>[],
  ): Promise<Found<P, B, C>> {
    const faults: PolicyFault[] = [];
    const invocations: PolicyInvocation<P, B, C>[] = [];
    for (const hook of hooks) {
      const apiVersion = await this.#versionFor(hook, faults);
      if (apiVersion === undefined) continue;
      for (const bound of hook.bindings) {
        const params = await this.#paramsFor(hook, bound, faults);
        const namespace = params.length > 0 ? await this.#namespace() : undefined;
        for (const one of params)
          invocations.push({ hook, binding: bound.binding, apiVersion, params: one, namespace });
      }
    }
    return { invocations, faults };
  }

  async #versionFor(
    hook: PolicyHook<Policy, PolicyBinding, unknown>,
    faults: PolicyFault[],
  ): Promise<string | undefined> {
    const { namespaces, params } = this.#parts;
    const { policy, resources } = hook;
    try {
      const apiVersion = await resources.versionFor(this.#attributes, namespaces);
      const { paramKind } = policy.spec;
      if (apiVersion !== undefined && paramKind) params.require(paramKind);
      return apiVersion;
    } catch (error) {
      if (this.#attributes.signal.aborted) throw error;
      const message = `failed to configure policy: ${(error as Error).message}`;
      faults.push({ hook, message, isConfiguration: true });
      return undefined;
    }
  }

  /** None: the binding is not about this request, or has nothing to be followed with. */
  async #paramsFor(
    hook: PolicyHook<Policy, PolicyBinding, unknown>,
    { binding, resources }: BoundBy<PolicyBinding>,
    faults: PolicyFault[],
  ): Promise<readonly (KubeObject | null)[]> {
    const { namespaces, params } = this.#parts;
    try {
      if (resources && (await resources.versionFor(this.#attributes, namespaces)) === undefined) return [];
      const asked = { paramKind: hook.policy.spec.paramKind, paramRef: binding.spec.paramRef };
      return await params.find(asked, this.#attributes);
    } catch (error) {
      if (this.#attributes.signal.aborted) throw error;
      const message = `failed to configure binding: ${(error as Error).message}`;
      faults.push({ hook, binding, message, isConfiguration: true });
      return [];
    }
  }

  async #namespace(): Promise<V1Namespace | undefined> {
    const { namespace } = this.#attributes;
    if (namespace === "" || isNamespace(this.#attributes)) return undefined;
    return await this.#parts.namespaces.find(namespace, this.#attributes);
  }
}
