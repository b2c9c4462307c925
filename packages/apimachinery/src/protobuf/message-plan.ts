import { planOf, type FieldPlan, type StructPlan } from "../codec/plan.ts";
import type { StructSchema } from "../schema/schema.ts";

/** A field of a message: one of the struct's own, or an inlined struct, whose fields are the outer struct's in JSON. */
interface MessageField {
  readonly number: number;
  readonly plan: FieldPlan | undefined;
  readonly inlined: MessagePlan | undefined;
}

/** How protobuf nests a struct. Fields that are not in protobuf, such as kind and apiVersion, are not in it. */
export class MessagePlan {
  readonly byNumber: ReadonlyMap<number, MessageField>;
  /** From the highest number to the lowest: messages are written from their end. */
  readonly descending: readonly MessageField[];

  constructor(struct: StructSchema, outer: StructPlan) {
    const fields: MessageField[] = [];
    for (const { name, number, schema } of struct.own) {
      if (number === 0) continue;
      if (name !== "") fields.push({ number, plan: outer.byName.get(name)!, inlined: undefined });
      else if (schema.type === "struct")
        fields.push({ number, plan: undefined, inlined: new MessagePlan(schema, outer) });
    }
    this.byNumber = new Map(fields.map((field) => [field.number, field]));
    this.descending = fields.sort((a, b) => b.number - a.number);
  }
}

const plans = new WeakMap<StructSchema, MessagePlan>();

export function messagePlanOf(struct: StructSchema): MessagePlan {
  let plan = plans.get(struct);
  if (plan === undefined) {
    plan = new MessagePlan(struct, planOf(struct));
    plans.set(struct, plan);
  }
  return plan;
}
