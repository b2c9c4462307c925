import type { Value } from "../value/value.ts";
import type { Attribute } from "./attribute.ts";
import { attributeOf } from "./attribute.ts";
import type { Step } from "./frame.ts";

/** A part of an expression that is ready to run, and what planning may do with it. */
export interface Planned {
  readonly run: Step;
  /** Set if it is the same at every evaluation. */
  readonly constant?: { readonly value: Value } | undefined;
  /** Set if fields and indices behind it belong to it. */
  readonly attribute?: Attribute | undefined;
}

export function plannedConstant(value: Value): Planned {
  return { run: () => value, constant: { value } };
}

export function plannedAttribute(attribute: Attribute): Planned {
  return { run: attribute.run, attribute };
}

/** The attribute that it is, or one on its value. */
export function asAttribute({ run, attribute }: Planned): Attribute {
  return attribute ?? attributeOf(run);
}
