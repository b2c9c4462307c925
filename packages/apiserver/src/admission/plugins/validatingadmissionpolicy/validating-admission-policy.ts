import {
  ValidatingAdmissionPolicy as Policies,
  ValidatingAdmissionPolicyBinding as Bindings,
  type V1ValidatingAdmissionPolicy,
  type V1ValidatingAdmissionPolicyBinding,
} from "@dingi/api";
import type { KubeObject } from "@dingi/apimachinery";
import type { AdmissionAttributes } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { isExemptFromPolicies } from "../../exempt.ts";
import { ExpressionInput } from "../../expression/expression-input.ts";
import { PolicyHooks } from "../../policy/policy-hooks.ts";
import { PolicyInvocations, type PolicyFault, type PolicyInvocation } from "../../policy/policy-invocations.ts";
import type { PolicyPluginParts } from "../../policy/policy-parts.ts";
import { VersionedObjects } from "../../versioned-attributes.ts";
import { versionedOrFail } from "../../webhook/invocation.ts";
import { CompiledValidations, type Denial, type Verdict } from "./compiled-validations.ts";
import { newDenied, type DeniedBy } from "./denied-request.ts";
import { PolicyNotes } from "./policy-notes.ts";

type Invocation = PolicyInvocation<
  V1ValidatingAdmissionPolicy,
  V1ValidatingAdmissionPolicyBinding,
  CompiledValidations
>;

/** Policies that see the final object. Upstream: apiserver/pkg/admission/plugin/policy/validating */
export class ValidatingAdmissionPolicy implements AdmissionPlugin {
  readonly #hooks: PolicyHooks<V1ValidatingAdmissionPolicy, V1ValidatingAdmissionPolicyBinding, CompiledValidations>;
  readonly #parts: PolicyPluginParts;

  constructor(parts: PolicyPluginParts) {
    const { feed } = parts;
    this.#parts = parts;
    const compile = (policy: V1ValidatingAdmissionPolicy) => new CompiledValidations(policy);
    this.#hooks = new PolicyHooks(feed.cache(Policies), feed.cache(Bindings), compile);
  }

  handles(): boolean {
    return this.#hooks.all.length > 0;
  }

  /** Every policy is heard before the first that denies is told. */
  async validate(attributes: AdmissionAttributes): Promise<void> {
    if (isExemptFromPolicies(attributes)) return;
    const { authorizer } = this.#parts;
    const { invocations, faults } = await new PolicyInvocations(this.#parts, attributes).of(this.#hooks.all);
    const verdicts = new Verdicts(attributes);
    for (const fault of faults) verdicts.blame(fault);
    const objects = new VersionedObjects(attributes);
    for (const invocation of invocations) {
      const { apiVersion, namespace, params, hook } = invocation;
      const versioned = await versionedOrFail(objects, apiVersion);
      const input = new ExpressionInput({ attributes, versioned, apiVersion, authorizer, namespace, params });
      verdicts.add(invocation, await hook.compiled.judge(input));
    }
    verdicts.carryOut();
  }
}

/** What all policies say about one request, in the order of the policies and their bindings. */
class Verdicts {
  readonly #attributes: AdmissionAttributes;
  readonly #notes = new PolicyNotes();
  readonly #denied: DeniedBy[] = [];

  constructor(attributes: AdmissionAttributes) {
    this.#attributes = attributes;
  }

  /** A policy that cannot be followed fails as its failure policy says. */
  blame({ hook, binding, message }: PolicyFault): void {
    if (hook.policy.spec.failurePolicy === "Ignore") return;
    this.#denied.push({ policy: nameOf(hook.policy), binding: binding && nameOf(binding), message });
  }

  add(invocation: Invocation, { denials, annotations, annotationErrors }: Verdict): void {
    const { hook, binding } = invocation;
    const policy = nameOf(hook.policy);
    for (const denial of denials) this.#deny(denial, invocation);
    for (const annotation of annotations) this.#notes.addAnnotation(policy, annotation);
    if (hook.compiled.ignoresFailure) return;
    for (const message of annotationErrors) this.#denied.push({ policy, binding: nameOf(binding), message });
  }

  carryOut(): void {
    this.#notes.publish(this.#attributes);
    const [first] = this.#denied;
    if (first) throw newDenied(this.#attributes, first);
  }

  #deny(denial: Denial, { hook, binding }: Invocation): void {
    if (denial.isError && hook.compiled.ignoresFailure) return;
    const { message, reason, index } = denial;
    const by = { policy: nameOf(hook.policy), binding: nameOf(binding) };
    const { validationActions = [] } = binding.spec;
    for (const action of validationActions) {
      if (action === "Deny") this.#denied.push({ ...by, message, reason });
      if (action === "Audit") this.#notes.addFailure({ message, ...by, expressionIndex: index, validationActions });
      if (action === "Warn")
        this.#attributes.warn(
          `Validation failed for ValidatingAdmissionPolicy '${by.policy}' with binding '${by.binding}': ${message}`,
        );
    }
  }
}

const nameOf = ({ metadata }: KubeObject): string => metadata.name ?? "";
