import { DINGI_VERSION, KUBERNETES_VERSION } from "@dingi/component-base";

/** What this program is, and what it is held against. */
export function version(): void {
  process.stdout.write(`dingi ${DINGI_VERSION}, Kubernetes v${KUBERNETES_VERSION}, Node ${process.version}\n`);
}
