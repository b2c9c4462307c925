import {
  inOneVersion,
  newBadRequest,
  updateManagedFields,
  type ApiResponse,
  type KubeObject,
} from "@dingi/apimachinery";
import type { ReviewCall } from "../endpoints/action.ts";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import { managerFromUserAgent } from "../endpoints/write-call.ts";
import { decodeBody, type FieldValidation } from "../negotiation/decode.ts";
import { respondObject } from "../negotiation/respond.ts";

/** The question, with its defaults, its namespace and who has asked it. Throws StatusError 400 or 415. */
export async function decodeReview<T extends KubeObject>(call: ReviewCall, services: EndpointServices): Promise<T> {
  const { review, request, info, warnings, audit } = call;
  const expected = { apiVersion: review.apiVersion, kind: review.kind, schema: review.schema };
  const fieldValidation = (request.query.get("fieldValidation") || "Warn") as FieldValidation;
  const { isRegistered, clock } = services;
  const warn = (text: string) => warnings.push(text);
  const body = await decodeBody(request, expected, { fieldValidation, warn, isRegistered, clock, audit });
  await clock.yieldIfDue();
  if (review.scope === "Namespaced") {
    if ((body.metadata.namespace ?? info.namespace) !== info.namespace)
      throw newBadRequest("the namespace of the provided object does not match the namespace sent on the request");
    body.metadata.namespace = info.namespace;
  }
  review.defaults?.(body);
  await updateManagedFields({
    object: body,
    pace: () => clock.yieldIfDue(),
    live: undefined,
    resetFields: [],
    kind: inOneVersion(review.apiVersion, review.schema),
    apiVersion: review.apiVersion,
    manager: request.query.get("fieldManager") || managerFromUserAgent(request),
    subresource: "",
    nowMs: clock.now(),
  });
  return body as unknown as T;
}

export function answer(call: ReviewCall, object: object): ApiResponse {
  const { review, request, warnings } = call;
  const typed = { ...object, kind: review.kind, apiVersion: review.apiVersion };
  return respondObject(request, { object: typed, schema: review.schema, status: 201, warnings });
}
