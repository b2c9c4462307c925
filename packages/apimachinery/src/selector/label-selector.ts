import type { V1LabelSelector } from "../meta/meta.gen.ts";
import { goQuote } from "../codec/go-quote.ts";
import { parseRequirements } from "./label-selector-parser.ts";
import { newRequirement, Requirement, type Labels, type Operator } from "./requirement.ts";
import { SelectorError } from "./selector-error.ts";

/** Chooses objects by their labels. Upstream: apimachinery/pkg/labels/selector.go */
export interface Selector {
  matches(labels: Labels | undefined): boolean;
  /** Whether it selects everything. */
  readonly empty: boolean;
  /** All have to hold; undefined when nothing is selected whatever the labels. */
  readonly requirements: readonly Requirement[] | undefined;
  /** The text that `parseLabelSelector` reads back. */
  toString(): string;
}

class RequirementSelector implements Selector {
  readonly requirements: readonly Requirement[];

  /** `requirements` in the order of their keys. */
  constructor(requirements: readonly Requirement[]) {
    this.requirements = requirements;
  }

  get empty(): boolean {
    return this.requirements.length === 0;
  }

  matches(labels: Labels | undefined): boolean {
    for (const requirement of this.requirements) if (!requirement.matches(labels)) return false;
    return true;
  }

  toString(): string {
    return this.requirements.join(",");
  }
}

export const everything: Selector = new RequirementSelector([]);

export const nothing: Selector = { matches: () => false, empty: false, requirements: undefined, toString: () => "" };

/** Reads `a=b,c in (d,e),!f`. @throws {SelectorError} */
export function parseLabelSelector(text: string): Selector {
  return text === "" ? everything : selectorOf(parseRequirements(text));
}

function selectorOf(requirements: readonly Requirement[]): Selector {
  return new RequirementSelector(requirements.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)));
}

const OPERATORS: Readonly<Record<string, Operator>> = { In: "in", NotIn: "notin", Exists: "exists", DoesNotExist: "!" };

/**
 * Undefined selects nothing, an empty selector everything. @throws {SelectorError}
 * Upstream: apimachinery/pkg/apis/meta/v1/helpers.go#LabelSelectorAsSelector
 */
export function labelSelectorAsSelector(selector: V1LabelSelector | undefined): Selector {
  if (selector === undefined || selector === null) return nothing;
  const requirements = Object.entries(selector.matchLabels ?? {}).map(([key, value]) =>
    newRequirement(key, "=", [value]),
  );
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const known = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (known === undefined) throw new SelectorError(`${goQuote(operator)} is not a valid label selector operator`);
    requirements.push(newRequirement(key, known, values ?? []));
  }
  return requirements.length === 0 ? everything : selectorOf(requirements);
}

/** Selects what has all of these labels; nothing is validated. */
export function selectorFromSet(labels: Labels | undefined): Selector {
  const requirements = Object.entries(labels ?? {}).map(([key, value]) => new Requirement(key, "=", [value]));
  return requirements.length === 0 ? everything : selectorOf(requirements);
}
