export { readPluginSettings } from "./admission/plugin-settings.ts";
export { DEFAULT_AUDIT_POLICY } from "./audit/default-policy.ts";
export { AuditLogSink } from "./audit/log-sink.ts";
export { parseAuditPolicy, type AuditPolicyObject } from "./audit/policy.ts";
export type { AuditSink } from "./audit/sink.ts";
export type { ComponentCheck, ComponentHealth } from "./components/component-check.ts";
export { createApiServer, type RunningApiServer } from "./create-api-server.ts";
export { HttpServer } from "./server/http-server.ts";
export { parseResourceMetrics } from "./resourcemetrics/parse-metrics.ts";
