import type { AnyObject } from "../json.ts";
import type { TabbedText } from "./tabbed-text.ts";

/** What is read beside the object itself. */
export interface DescribeContext {
  /** Milliseconds since the epoch: what ages are reckoned to. */
  readonly now: number;
  /** Of a Node or a ReplicaSet. */
  readonly pods: readonly AnyObject[];
  /** Of a Deployment. */
  readonly replicaSets: readonly AnyObject[];
  /** Of a Service. */
  readonly endpointSlices: readonly AnyObject[];
  /** Of a Namespace. */
  readonly resourceQuotas: readonly AnyObject[];
  /** Of a Namespace. */
  readonly limitRanges: readonly AnyObject[];
  /** Of a Node. */
  readonly lease?: AnyObject;
}

export type Describer = (text: TabbedText, object: AnyObject, context: DescribeContext) => void;
