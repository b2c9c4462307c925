import {
  forbidden,
  invalid,
  isHttpHeaderName,
  notSupported,
  required,
  validateNonnegative,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1Container, V1GRPCAction, V1HTTPGetAction, V1Lifecycle, V1Probe, V1SleepAction } from "../pod.gen.ts";
import type { PodContext } from "./context.ts";
import { validateOptionalEnum } from "./names.ts";
import { validatePortNumOrName } from "./ports.ts";

const SCHEMES = ["HTTP", "HTTPS"];
const GRPC_MODES = ["Plaintext", "TLS"];

/** Lifecycle hooks and probes, in upstream's order. Upstream: pkg/apis/core/validation/validation.go#validateContainers */
export function validateHooksAndProbes(container: V1Container, context: PodContext, field: FieldPath): FieldError[] {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  return [
    ...(lifecycle ? lifecycleErrors(lifecycle, context, field.child("lifecycle")) : []),
    ...(livenessProbe ? onceErrors(livenessProbe, context, field.child("livenessProbe")) : []),
    ...(readinessProbe ? readinessErrors(readinessProbe, context, field.child("readinessProbe")) : []),
    ...(startupProbe ? onceErrors(startupProbe, context, field.child("startupProbe")) : []),
  ];
}

function lifecycleErrors({ postStart, preStop }: V1Lifecycle, context: PodContext, field: FieldPath): FieldError[] {
  return [
    ...(postStart ? handlerErrors(postStart, context, field.child("postStart")) : []),
    ...(preStop ? handlerErrors(preStop, context, field.child("preStop")) : []),
  ];
}

/** Liveness and startup are decided by one success. */
function onceErrors(probe: V1Probe, context: PodContext, field: FieldPath): FieldError[] {
  const errors = probeErrors(probe, context, field);
  if (probe.successThreshold === 1) return errors;
  return [...errors, invalid(field.child("successThreshold"), probe.successThreshold ?? 0, "must be 1")];
}

function readinessErrors(probe: V1Probe, context: PodContext, field: FieldPath): FieldError[] {
  const errors = probeErrors(probe, context, field);
  const { terminationGracePeriodSeconds: grace } = probe;
  if (grace === undefined) return errors;
  return [
    ...errors,
    invalid(field.child("terminationGracePeriodSeconds"), grace, "must not be set for readinessProbes"),
  ];
}

const TIMES = [
  "initialDelaySeconds",
  "timeoutSeconds",
  "periodSeconds",
  "successThreshold",
  "failureThreshold",
] as const;

function probeErrors(probe: V1Probe, context: PodContext, field: FieldPath): FieldError[] {
  const grace = probe.terminationGracePeriodSeconds;
  return [
    ...handlerErrors(probe, context, field),
    ...TIMES.flatMap((name) => validateNonnegative(probe[name] ?? 0, field.child(name))),
    ...(grace !== undefined && grace <= 0
      ? [invalid(field.child("terminationGracePeriodSeconds"), grace, "must be greater than 0")]
      : []),
  ];
}

interface Handler extends Pick<V1Probe, "exec" | "httpGet" | "tcpSocket" | "grpc"> {
  readonly sleep?: V1SleepAction | undefined;
}

/** Exactly one way. Upstream: …#validateHandler */
function handlerErrors(
  { exec, httpGet, tcpSocket, grpc, sleep }: Handler,
  context: PodContext,
  field: FieldPath,
): FieldError[] {
  const ways: [name: string, check: (field: FieldPath) => FieldError[]][] = [];
  if (exec) ways.push(["exec", (at) => (exec.command?.length ? [] : [required(at.child("command"))])]);
  if (httpGet) ways.push(["httpGet", (at) => httpErrors(httpGet, at)]);
  if (tcpSocket) ways.push(["tcpSocket", (at) => validatePortNumOrName(tcpSocket.port, at.child("port"))]);
  if (grpc) ways.push(["grpc", (at) => grpcErrors(grpc, at)]);
  if (sleep) ways.push(["sleep", (at) => sleepErrors(sleep, context.graceSeconds, at)]);
  if (ways.length === 0) return [required(field, "must specify a handler type")];
  return ways.flatMap(([name, check], i) =>
    i === 0 ? check(field.child(name)) : [forbidden(field.child(name), "may not specify more than 1 handler type")],
  );
}

function httpErrors({ path, port, scheme = "", httpHeaders = [] }: V1HTTPGetAction, field: FieldPath): FieldError[] {
  return [
    ...(path ? [] : [required(field.child("path"))]),
    ...validatePortNumOrName(port, field.child("port")),
    ...(SCHEMES.includes(scheme) ? [] : [notSupported(field.child("scheme"), scheme, SCHEMES)]),
    ...httpHeaders.flatMap(({ name }) =>
      isHttpHeaderName(name).map((text) => invalid(field.child("httpHeaders"), name, text)),
    ),
  ];
}

function grpcErrors({ port, mode }: V1GRPCAction, field: FieldPath): FieldError[] {
  return [
    ...validatePortNumOrName(port, field.child("port")),
    ...validateOptionalEnum(mode, GRPC_MODES, field.child("mode")),
  ];
}

function sleepErrors({ seconds }: V1SleepAction, grace: number | undefined, field: FieldPath): FieldError[] {
  if (grace === undefined || (seconds >= 0 && seconds <= grace)) return [];
  return [invalid(field, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)];
}
