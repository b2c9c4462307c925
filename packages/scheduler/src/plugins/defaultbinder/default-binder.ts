import { Pod } from "@dingi/api";
import type { Client } from "@dingi/client";
import { SUCCESS, type Plugin } from "../../framework/plugin.ts";

/** Binds through the API. Upstream: pkg/scheduler/framework/plugins/defaultbinder */
export function defaultBinder(client: Client): Plugin {
  return {
    name: "DefaultBinder",
    async bind(_state, pod, node, signal) {
      const { namespace = "", name = "", uid } = pod.metadata;
      const binding = {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { namespace, name, uid },
        target: { kind: "Node", name: node },
      };
      await client.createSubresource(Pod, { namespace, name }, "binding", binding, { signal });
      return SUCCESS;
    },
  };
}
