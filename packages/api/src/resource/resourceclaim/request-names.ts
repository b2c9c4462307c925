import { invalid, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { validateLabel } from "../../core/pod/validation/names.ts";
import { withinLimit } from "../device/lists.ts";
import type { V1DeviceClaim } from "./resourceclaim.gen.ts";

const MAX_REQUESTS = 32;
const TEXT = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** How a claim's requests are referred to: "request", or "request/subrequest". */
export type RequestNames = ReadonlySet<string>;

/** Upstream: pkg/apis/resource/validation/validation.go#gatherRequestNames */
export function requestNames({ requests }: Partial<V1DeviceClaim>): RequestNames {
  return new Set(
    (requests ?? []).flatMap(({ name, firstAvailable = [] }) => [
      name,
      ...firstAvailable.map((sub) => `${name}/${sub.name}`),
    ]),
  );
}

/** Upstream: …#validateRequestNameRef */
export function requestReferenceErrors(name: string, names: RequestNames, field: FieldPath): FieldError[] {
  const segments = name.split("/");
  const unknown = [invalid(field, name, TEXT)];
  if (segments.length > 2) return unknown;
  return [...segments.flatMap((segment) => validateLabel(segment, field)), ...(names.has(name) ? [] : unknown)];
}

/** Which requests something is for. */
export function requestListErrors(
  requests: readonly string[] | undefined,
  names: RequestNames,
  field: FieldPath,
): FieldError[] {
  return withinLimit(requests, MAX_REQUESTS).flatMap((name, i) => requestReferenceErrors(name, names, field.index(i)));
}
