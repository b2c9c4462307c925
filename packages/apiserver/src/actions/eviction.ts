import { Eviction, Pod, type V1Eviction } from "@dingi/api";
import { newBadRequest, V1Status, type ApiResponse, type V1DeleteOptions } from "@dingi/apimachinery";
import type { ActionCall, ActionHandler } from "../endpoints/action.ts";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import { admissionAttributes, openWrite } from "../endpoints/write-call.ts";
import { decodeBody } from "../negotiation/decode.ts";
import { respondObject } from "../negotiation/respond.ts";

/**
 * Deletes a pod the polite way. Upstream: pkg/registry/core/pod/storage/eviction.go
 *
 * Differs: no disruption budgets are consulted, because PodDisruptionBudget is not served yet.
 */
export class EvictionHandler implements ActionHandler {
  async handle(call: ActionCall, services: EndpointServices): Promise<ApiResponse> {
    const write = openWrite(call, services, "CreateOptions");
    const expected = { apiVersion: Eviction.apiVersion, kind: "Eviction", schema: Eviction.schema };
    const eviction = (await decodeBody(call.request, expected, write.decode)) as unknown as V1Eviction;
    const name = eviction.metadata.name ?? call.info.name;
    if (name !== call.info.name) throw newBadRequest("name in URL does not match name in Eviction object");
    const options: V1DeleteOptions = eviction.deleteOptions ?? {};
    const dryRun = write.dryRun || (options.dryRun?.length ?? 0) > 0;
    await services.resourceStore(Pod).delete(
      {
        key: { namespace: call.info.namespace, name },
        options,
        validate: async (current) => {
          const attributes = admissionAttributes(write, { operation: "DELETE", oldObject: current, options, name });
          await services.admission.admit(attributes);
          await services.admission.validate(attributes);
        },
      },
      { ...write.context, dryRun },
    );
    const object = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
    return respondObject(call.request, { object, schema: V1Status, status: 201, warnings: call.warnings });
  }
}
