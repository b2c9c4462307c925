/**
 * What happened to a container or, when `id` is a sandbox's, to the sandbox itself. By the time an event is handed out the
 * runtime's statuses tell the same. Executions inside a container make no events.
 */
export type RuntimeEvent =
  | { readonly type: "started"; readonly id: string }
  | { readonly type: "exited"; readonly id: string; readonly exitCode: number }
  | { readonly type: "oom"; readonly id: string };
