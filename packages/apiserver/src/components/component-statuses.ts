import type { V1ComponentStatus } from "@dingi/api";
import { newNotFound, type ObjectKey } from "@dingi/apimachinery";
import { describeError, own } from "@dingi/base";
import type { ComputedObjects } from "../endpoints/computed.ts";
import type { ComponentCheck } from "./component-check.ts";

/** How the parts of the control plane are, asked one by one when somebody wants to know. Upstream: pkg/registry/core/componentstatus/rest.go */
export class ComponentStatuses implements ComputedObjects {
  readonly #checks: Readonly<Record<string, ComponentCheck>>;

  constructor(checks: Readonly<Record<string, ComponentCheck>>) {
    this.#checks = checks;
  }

  list(): Promise<V1ComponentStatus[]> {
    return Promise.all(Object.entries(this.#checks).map(([name, check]) => statusOf(name, check)));
  }

  async get({ name }: ObjectKey): Promise<V1ComponentStatus> {
    const check = own(this.#checks, name);
    // The resource goes by its singular here.
    if (!check) throw newNotFound({ group: "", resource: "componentstatus" }, name);
    return await statusOf(name, check);
  }
}

async function statusOf(name: string, check: ComponentCheck): Promise<V1ComponentStatus> {
  const metadata = { name };
  try {
    const { isHealthy, message } = await check();
    return { metadata, conditions: [{ type: "Healthy", status: isHealthy ? "True" : "False", message }] };
  } catch (error) {
    return { metadata, conditions: [{ type: "Healthy", status: "Unknown", error: describeError(error) }] };
  }
}
