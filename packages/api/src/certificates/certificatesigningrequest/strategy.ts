import {
  wireTime,
  adopt,
  type Draft,
  type Strategy,
  type StrategyContext,
  type UpdateStrategy,
} from "@dingi/apimachinery";
import type { V1CertificateSigningRequest } from "./certificatesigningrequest.gen.ts";
import { validateApprovalUpdate, validateRequest, validateRequestUpdate, validateStatusUpdate } from "./validation.ts";

/** Upstream: pkg/registry/certificates/certificates/strategy.go */
export const strategy: Strategy<V1CertificateSigningRequest> = {
  nameFormat: "pathSegment",
  resetFields: [["spec"], ["status"]],
  /** Who asks is written down here; nobody approves their own request by creating it so. */
  prepareForCreate(request, { user }) {
    const { request: body, signerName, expirationSeconds, usages } = request.spec;
    request.spec = { request: body, signerName };
    if (expirationSeconds !== undefined) request.spec.expirationSeconds = expirationSeconds;
    if (usages) request.spec.usages = usages;
    if (user.name) request.spec.username = user.name;
    if (user.uid) request.spec.uid = user.uid;
    if (user.groups.length > 0) request.spec.groups = [...user.groups];
    if (user.extra && Object.keys(user.extra).length > 0) {
      request.spec.extra = Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]]));
    }
    request.status = {};
  },
  prepareForUpdate(request, old) {
    request.spec = adopt(old.spec);
    request.status = adopt(old.status);
  },
  validate: (request) => validateRequest(request),
  validateUpdate: validateRequestUpdate,
};

export const statusStrategy: UpdateStrategy<V1CertificateSigningRequest> = {
  resetFields: [["spec"], ["status", "conditions"]],
  prepareForUpdate(request, old, context) {
    request.spec = adopt(old.spec);
    for (const type of ["Approved", "Denied"]) keepConditions(request, old, type);
    stampConditions(request, old, context);
  },
  validateUpdate: validateStatusUpdate,
};

export const approvalStrategy: UpdateStrategy<V1CertificateSigningRequest> = {
  resetFields: [["spec"], ["status", "certificate"]],
  prepareForUpdate(request, old, context) {
    stampConditions(request, old, context);
    const { conditions } = request.status;
    request.spec = adopt(old.spec);
    request.status = { ...adopt(old.status), conditions };
  },
  validateUpdate: validateApprovalUpdate,
};

/** The same number of conditions of a type are the old ones; otherwise validation refuses the change. */
function keepConditions(
  { status }: Draft<V1CertificateSigningRequest>,
  old: V1CertificateSigningRequest,
  type: string,
): void {
  const before = (old.status.conditions ?? []).filter((condition) => condition.type === type);
  const now = (status.conditions ?? []).filter((condition) => condition.type === type);
  if (before.length !== now.length) return;
  let next = 0;
  status.conditions = status.conditions?.map((condition) =>
    condition.type === type ? { ...adopt(before[next++]!) } : condition,
  );
}

function stampConditions(
  { status }: Draft<V1CertificateSigningRequest>,
  old: V1CertificateSigningRequest,
  { clock }: StrategyContext,
): void {
  const now = wireTime(clock.now());
  for (const condition of status.conditions ?? []) {
    condition.lastUpdateTime ||= now;
    const before = (old.status.conditions ?? []).find(
      ({ type, status: value }) => type === condition.type && value === condition.status,
    );
    condition.lastTransitionTime ||= before?.lastTransitionTime || now;
  }
}
