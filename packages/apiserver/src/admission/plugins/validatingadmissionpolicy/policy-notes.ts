import type { AdmissionAttributes } from "../../attributes.ts";
import type { Annotated } from "./compiled-validations.ts";

const FAILURES = "validation.policy.admission.k8s.io/validation_failure";
const MAX_FAILURES = 50;
const MAX_VALUE_BYTES = 10 * 1024;

interface NotedFailure {
  readonly message: string;
  readonly policy: string;
  readonly binding: string;
  readonly expressionIndex: number;
  readonly validationActions: readonly string[];
}

/** What policies say to whoever audits. Upstream: apiserver/pkg/admission/plugin/policy/validating/dispatcher.go */
export class PolicyNotes {
  readonly #failures: NotedFailure[] = [];
  /** By policy and key, all that different bindings and params say. */
  readonly #values = new Map<string, Set<string>>();

  addFailure(failure: NotedFailure): void {
    this.#failures.push(failure);
  }

  addAnnotation(policy: string, { key, value }: Annotated): void {
    const name = `${policy}/${key}`;
    const known = this.#values.get(name) ?? new Set();
    this.#values.set(name, known.add(cut(value)));
  }

  publish({ annotations }: Pick<AdmissionAttributes, "annotations">): void {
    for (const [name, values] of this.#values) annotations.add(name, [...values].join(", "));
    if (this.#failures.length > 0) annotations.add(FAILURES, JSON.stringify(this.#failures.slice(0, MAX_FAILURES)));
  }
}

function cut(value: string): string {
  const bytes = Buffer.from(value);
  return bytes.length > MAX_VALUE_BYTES ? bytes.subarray(0, MAX_VALUE_BYTES).toString().toWellFormed() : value;
}
