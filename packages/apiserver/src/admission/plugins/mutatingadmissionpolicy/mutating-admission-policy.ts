import {
  MutatingAdmissionPolicy as Policies,
  MutatingAdmissionPolicyBinding as Bindings,
  type V1MutatingAdmissionPolicy,
  type V1MutatingAdmissionPolicyBinding,
} from "@dingi/api";
import { semanticEqual, StatusError, type KubeObject } from "@dingi/apimachinery";
import type { AdmissionAttributes } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { isExemptFromPolicies } from "../../exempt.ts";
import { ExpressionInput } from "../../expression/expression-input.ts";
import { aggregated } from "../../expression/match-conditions.ts";
import { PolicyHooks } from "../../policy/policy-hooks.ts";
import { PolicyInvocations, type PolicyFault, type PolicyInvocation } from "../../policy/policy-invocations.ts";
import type { PolicyPluginParts } from "../../policy/policy-parts.ts";
import { refusalOf } from "../../refusal.ts";
import { Reinvoked } from "../../reinvoked.ts";
import { VersionedObjects } from "../../versioned-attributes.ts";
import { CompiledMutations } from "./compiled-mutations.ts";

type Invocation = PolicyInvocation<V1MutatingAdmissionPolicy, V1MutatingAdmissionPolicyBinding, CompiledMutations>;

/** Policies that change an object, one after the other. Upstream: apiserver/pkg/admission/plugin/policy/mutating */
export class MutatingAdmissionPolicy implements AdmissionPlugin {
  readonly #hooks: PolicyHooks<V1MutatingAdmissionPolicy, V1MutatingAdmissionPolicyBinding, CompiledMutations>;
  readonly #parts: PolicyPluginParts;

  constructor(parts: PolicyPluginParts) {
    const { feed } = parts;
    this.#parts = parts;
    const compile = (policy: V1MutatingAdmissionPolicy) => new CompiledMutations(policy);
    this.#hooks = new PolicyHooks(feed.cache(Policies), feed.cache(Bindings), compile);
  }

  handles(): boolean {
    return this.#hooks.all.length > 0;
  }

  /** Which policies are followed is decided before the first changes anything. */
  async admit(attributes: AdmissionAttributes): Promise<void> {
    if (isExemptFromPolicies(attributes)) return;
    const { invocations, faults } = await new PolicyInvocations(this.#parts, attributes).of(this.#hooks.all);
    if (invocations.length > 0) faults.push(...(await this.#mutate(attributes, invocations)));
    refuseFor(attributes, faults);
  }

  async #mutate(attributes: AdmissionAttributes, invocations: readonly Invocation[]): Promise<readonly PolicyFault[]> {
    const { reinvocation } = attributes;
    const reinvoked = reinvocation.memoryOf(this, () => new Reinvoked());
    if (reinvocation.isRunning) reinvoked.enter(attributes.object);
    const objects = new VersionedObjects(attributes);
    const faults: PolicyFault[] = [];
    for (const invocation of invocations)
      faults.push(...(await this.#invoke({ attributes, objects, invocation, reinvoked })));
    reinvoked.leave(attributes.object);
    return faults;
  }

  /** Mutations that come after one that fails are made nevertheless. */
  async #invoke(round: Round): Promise<readonly PolicyFault[]> {
    const { attributes, objects, invocation, reinvoked } = round;
    const { policy, compiled } = invocation.hook;
    const matched = await compiled.conditions.match(await this.#inputFor(round));
    if (matched.problems) return [{ ...invocation, message: aggregated(matched.problems) }];
    const isSkipped = attributes.reinvocation.isRunning && !reinvoked.isCalledAgain(keyOf(invocation));
    if (!matched.matches || isSkipped) return [];
    const before = await objects.in(invocation.apiVersion);
    const faults = await this.#mutateInOrder(round);
    const after = await objects.in(invocation.apiVersion);
    if (!semanticEqual(before.object, after.object)) {
      reinvoked.changed();
      attributes.reinvocation.request();
    }
    if (policy.spec.reinvocationPolicy === "IfNeeded") reinvoked.remember(keyOf(invocation));
    return faults;
  }

  async #mutateInOrder(round: Round): Promise<readonly PolicyFault[]> {
    const { attributes, objects, invocation } = round;
    const { apiVersion, hook } = invocation;
    const faults: PolicyFault[] = [];
    for (let index = 0; attributes.object && index < hook.compiled.count; index++) {
      const input = await this.#inputFor(round);
      const { object } = await objects.in(apiVersion);
      try {
        const mutated = { object: object!, schema: objects.schemaIn(apiVersion) };
        const wanted = await hook.compiled.mutate(index, input, mutated);
        if (wanted) await objects.replace(wanted, apiVersion);
      } catch (error) {
        if (error instanceof StatusError) throw error;
        faults.push({ ...invocation, message: (error as Error).message });
      }
    }
    return faults;
  }

  /** Of the object as it is now. */
  async #inputFor({ attributes, objects, invocation }: Round): Promise<ExpressionInput> {
    const { apiVersion, params, namespace } = invocation;
    const versioned = await objects.in(apiVersion);
    const { authorizer } = this.#parts;
    return new ExpressionInput({ attributes, versioned, apiVersion, authorizer, namespace, params });
  }
}

interface Round {
  readonly attributes: AdmissionAttributes;
  readonly objects: VersionedObjects;
  readonly invocation: Invocation;
  readonly reinvoked: Reinvoked;
}

function keyOf({ hook, binding, params }: Invocation): string {
  const { name = "", namespace = "" } = params?.metadata ?? {};
  return [hook.policy.metadata.name, nameOf(binding!), namespace, name].join("/");
}

/** The first is told, and all stand among the causes. Upstream: apiserver/pkg/admission/plugin/policy/generic/policy_dispatcher.go#Dispatch */
function refuseFor(attributes: AdmissionAttributes, faults: readonly PolicyFault[]): void {
  const counted = faults.filter(({ hook }) => hook.policy.spec.failurePolicy !== "Ignore");
  if (counted.length === 0) return;
  const messages = counted.map(({ hook, binding, message }) => {
    const policy = hook.policy.metadata.name ?? "";
    if (!binding) return `policy ${JSON.stringify(policy)} denied request: ${message}`;
    return `policy '${policy}' with binding '${nameOf(binding)}' denied request: ${message}`;
  });
  const { status } = refusalOf(attributes, "");
  const reason = counted[0]!.isConfiguration ? "Forbidden" : "Invalid";
  const causes = messages.map((message) => ({ message }));
  throw new StatusError({ ...status, reason, message: messages[0]!, details: { ...status.details, causes } });
}

const nameOf = ({ metadata }: KubeObject): string => metadata.name ?? "";
