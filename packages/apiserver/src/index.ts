export type { ComponentCheck, ComponentHealth } from "./components/component-check.ts";
export { createApiServer, type RunningApiServer } from "./create-api-server.ts";
export { HttpServer } from "./server/http-server.ts";
export { parseResourceMetrics } from "./resourcemetrics/parse-metrics.ts";
