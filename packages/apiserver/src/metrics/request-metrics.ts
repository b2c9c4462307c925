import type { ApiRequest } from "@dingi/apimachinery";
import type { RequestInfo } from "../routing/request-info.ts";

/** Counts and times requests. */
export interface RequestMetrics {
  begin(request: ApiRequest): RequestMeasurement;
}

/** One request in flight; disposed when it has been answered. */
export interface RequestMeasurement extends Disposable {
  describe(info: RequestInfo): void;
  end(status: number): void;
}
