import type { Store } from "@dingi/store";
import { describeError } from "@dingi/base";
import type { ComponentCheck } from "./component-check.ts";

/** A key that nothing is kept under: what counts is that the question is answered. */
const ANY_KEY = "/registry/health";

/** Upstream: pkg/registry/core/componentstatus/validator.go#EtcdServer */
export function storeCheck(store: Store): ComponentCheck {
  return async () => {
    try {
      await store.get(ANY_KEY);
      return { isHealthy: true, message: "ok" };
    } catch (error) {
      return { isHealthy: false, message: describeError(error) };
    }
  };
}
