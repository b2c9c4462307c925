export { readPluginSettings } from "./admission/plugin-settings.ts";
export type { ComponentCheck, ComponentHealth } from "./components/component-check.ts";
export { createApiServer, type RunningApiServer } from "./create-api-server.ts";
export { HttpServer } from "./server/http-server.ts";
