import { CelError } from "../value/error.ts";
import { GrowingList } from "../value/list.ts";
import { CelList } from "../value/value.ts";
import { GrowingMap } from "../value/map.ts";
import { CelMap } from "../value/value.ts";
import { goTypeOf } from "../value/go-type.ts";
import type { Value } from "../value/value.ts";
import type { Frame, Step } from "./frame.ts";
import type { Planned } from "./planned.ts";

interface Loop {
  readonly range: Step;
  /** The slot of what is gathered. It is empty until something asks for it, and what it begins with is made then. */
  readonly accu: number;
  /** The slots of the variables: one, or key and value. */
  readonly slots: readonly number[];
  readonly condition: Planned;
  readonly step: Step;
  readonly result: Step;
}

/** Upstream: github.com/google/cel-go/interpreter/interpretable.go#evalFold */
export function loopStep(loop: Loop): Step {
  const { range, accu, result, slots } = loop;
  const turns = slots.length === 1 ? overOne : overTwo;
  return (frame) => {
    const over = range(frame);
    if (over instanceof CelError) return over;
    if (!(over instanceof CelList) && !(over instanceof CelMap)) return notIterable(over, slots.length);
    frame.slots[accu] = undefined;
    turns(loop, frame, over);
    return finished(result(frame));
  };
}

function overOne(loop: Loop, frame: Frame, over: CelList | CelMap): void {
  const [slot] = loop.slots;
  for (const item of over instanceof CelList ? over : over.keys()) {
    frame.slots[slot!] = item;
    if (!turn(loop, frame)) return;
  }
}

function overTwo(loop: Loop, frame: Frame, over: CelList | CelMap): void {
  const [keySlot, valueSlot] = loop.slots;
  let index = 0;
  for (const item of over instanceof CelList ? over : over.keys()) {
    frame.slots[keySlot!] = over instanceof CelList ? index : item;
    frame.slots[valueSlot!] = over instanceof CelList ? item : over.find(item)!;
    if (!turn(loop, frame)) return;
    index += 1;
  }
}

/** False ends the loop. A condition that fails does not. */
function turn({ condition, step, accu }: Loop, frame: Frame): boolean {
  if (condition.run(frame) === false) return false;
  frame.slots[accu] = step(frame);
  frame.turn();
  return true;
}

function finished(value: Value): Value {
  return value instanceof GrowingList || value instanceof GrowingMap ? value.freeze() : value;
}

/** Upstream's words name the types of its own code. */
function notIterable(value: Value, variables: number): CelError {
  const type = goTypeOf(value);
  return new CelError(
    variables === 1 ? `got '${type}', expected iterable type` : `unsupported comprehension range type: ${type}`,
  );
}
