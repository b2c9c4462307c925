import type { StrategyContext } from "@dingi/apimachinery";
import type { AdmissionGate } from "../admission/gate.ts";

/** What accompanies a write from the endpoint down to the store. */
export interface WriteContext extends StrategyContext {
  /** Adds a Warning header to the answer. */
  readonly warn: (text: string) => void;
  /** The object and the owners of its fields are larger than what may be stored. */
  readonly isOutgrown?: boolean;
  readonly signal: AbortSignal;
  readonly admission: AdmissionGate;
}
