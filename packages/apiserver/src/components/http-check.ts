import { request } from "node:https";
import { describeError, type Clock } from "@dingi/base";
import type { ComponentCheck, ComponentHealth } from "./component-check.ts";

const TIMEOUT_MS = 20_000;
const MAX_BODY = 10 * 1024;
const HOST = "127.0.0.1";

/** Ports at which upstream's components say how they are. Upstream: pkg/cluster/ports/ports.go, pkg/scheduler/apis/config/types.go */
const PORTS = { "controller-manager": 10257, scheduler: 10259 };

/** Asks at the ports on this machine, where upstream asks. */
export function localComponents(clock: Clock): Readonly<Record<string, ComponentCheck>> {
  return Object.fromEntries(Object.entries(PORTS).map(([name, port]) => [name, httpCheck({ port, clock })]));
}

/** Whoever answers is believed: the certificate is its own. Upstream: pkg/registry/core/componentstatus/validator.go */
export function httpCheck({ port, clock }: { readonly port: number; readonly clock: Clock }): ComponentCheck {
  return async () => {
    try {
      return await ask(port, clock.deadline(TIMEOUT_MS));
    } catch (error) {
      return { isHealthy: false, message: `Get "https://${HOST}:${port}/healthz": ${reasonOf(error, port)}` };
    }
  };
}

function ask(port: number, signal: AbortSignal): Promise<ComponentHealth> {
  const { promise, resolve, reject } = Promise.withResolvers<ComponentHealth>();
  const options = { host: HOST, port, path: "/healthz", rejectUnauthorized: false, agent: false, signal };
  const call = request(options, (response) => {
    const { statusCode: status = 0 } = response;
    let text = "";
    const done = () =>
      resolve(
        status >= 200 && status < 400
          ? { isHealthy: true, message: text }
          : { isHealthy: false, message: `HTTP probe failed with statuscode: ${status}` },
      );
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      text = (text + chunk).slice(0, MAX_BODY);
      if (text.length < MAX_BODY) return;
      done();
      call.destroy();
    });
    response.on("end", done);
    response.on("error", reject);
  });
  call.on("error", reject);
  call.end();
  return promise;
}

/** As Go says it, where that is known. */
function reasonOf(error: unknown, port: number): string {
  const { code } = error as { readonly code?: string };
  return code === "ECONNREFUSED" ? `dial tcp ${HOST}:${port}: connect: connection refused` : describeError(error);
}
