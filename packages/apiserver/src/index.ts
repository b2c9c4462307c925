export type { ComponentCheck, ComponentHealth } from "./components/component-check.ts";
export { createApiServer, type CreateApiServerOptions, type RunningApiServer } from "./create-api-server.ts";
export { HttpServer, type HttpServerOptions, type ListenTarget } from "./server/http-server.ts";
