import { field, message, repeated } from "@dingi/grpc";

export const SubscribeRequest = message({ filters: repeated(1, "string") });

const Any = message({ typeUrl: field(1, "string"), value: field(2, "bytes") });
export const Envelope = message({ namespace: field(2, "string"), topic: field(3, "string"), event: field(4, Any) });

export interface EnvelopeValue {
  readonly namespace: string;
  readonly topic: string;
  readonly event: { readonly typeUrl: string; readonly value: Uint8Array } | undefined;
}

export const TaskStart = message({ containerId: field(1, "string") });
export const TaskOom = TaskStart;
export const TaskExit = message({
  containerId: field(1, "string"),
  /** Differs from `containerId` when an execution ended. */
  id: field(2, "string"),
  exitStatus: field(4, "uint32"),
});
