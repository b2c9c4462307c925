import type { RawRequest } from "../test-server.ts";
import type { Filling } from "./filling.ts";

/** A request that is made to cost its reader more than its sender. */
export interface HostileShape {
  readonly name: string;
  /** Made when it is asked for: each is megabytes long. */
  readonly request: (filling: Filling) => RawRequest;
}

export const shape = (name: string, request: HostileShape["request"]): HostileShape => ({ name, request });

export const text = (value: unknown): Pick<RawRequest, "text"> => ({ text: JSON.stringify(value) });
