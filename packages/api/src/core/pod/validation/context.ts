import type { V1Volume } from "../pod.gen.ts";

/** What the rules of a container need to know about its pod. */
export interface PodContext {
  /** Those that are valid themselves, by name. */
  readonly volumes: ReadonlyMap<string, V1Volume>;
  readonly claimNames: ReadonlySet<string>;
  readonly graceSeconds: number | undefined;
  readonly restartPolicy: string;
  readonly hostUsers: boolean;
  readonly os: string | undefined;
}
