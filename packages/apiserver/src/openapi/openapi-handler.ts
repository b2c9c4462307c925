import { createHash } from "node:crypto";
import { groupOf, type ApiRequest, type ApiResponse, type ServedVersion } from "@dingi/apimachinery";
import { commonHeaders, respondJson, respondText } from "../negotiation/respond.ts";
import type { NonResourceRouter } from "../routing/non-resource-router.ts";
import { matchesEtag } from "./etag.ts";
import type { OpenApiOptions } from "./openapi-options.ts";
import { OpenApiV2Handler } from "./openapi-v2-handler.ts";
import { openApiV3 } from "./openapi-v3.ts";

const YEAR_MS = 365 * 24 * 3_600_000;

interface Document {
  readonly body: Uint8Array;
  readonly hash: string;
}

/** `/openapi/v2`, `/openapi/v3` and its documents, each made when first asked for. Upstream: kube-openapi/pkg/handler3 */
export class OpenApiHandler {
  readonly #options: OpenApiOptions;
  readonly #v2: OpenApiV2Handler;
  readonly #documents = new WeakMap<ServedVersion, Document>();

  constructor(options: OpenApiOptions) {
    this.#options = options;
    this.#v2 = new OpenApiV2Handler(options);
  }

  mount(router: NonResourceRouter): void {
    router.add("/openapi/v2", this.#v2);
    router.add("/openapi/v3", { handle: () => this.#index() });
    router.addPrefix("/openapi/v3/", {
      handle: ({ request, info }) => this.#document(request, info.path.slice("/openapi/v3/".length)),
    });
  }

  #index(): ApiResponse {
    const paths = Object.fromEntries(
      [...this.#options.kinds.scheme.versions].map((served) => {
        const path = pathOf(served.apiVersion);
        return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${this.#get(served).hash}` }];
      }),
    );
    return respondJson(200, { paths });
  }

  #document(request: ApiRequest, path: string): ApiResponse {
    const served = this.#options.kinds.scheme.version(path.replace(/^apis?\//, ""));
    if (!served || pathOf(served.apiVersion) !== path) return respondText(404, "404 page not found\n");
    const { body, hash } = this.#get(served);
    const asked = request.query.get("hash");
    if (asked !== null && asked !== hash)
      return { status: 301, headers: { location: `/openapi/v3/${path}?hash=${hash}` } };
    const etag = `"${hash}"`;
    const caching =
      asked === null
        ? {}
        : {
            "cache-control": "public, immutable",
            expires: new Date(this.#options.clock.now() + YEAR_MS).toUTCString(),
          };
    const headers = { ...commonHeaders("application/json"), ...caching, etag, vary: "Accept" };
    return matchesEtag(request.headers["if-none-match"], etag)
      ? { status: 304, headers }
      : { status: 200, headers, body };
  }

  #get(served: ServedVersion): Document {
    const known = this.#documents.get(served);
    if (known) return known;
    const body = Buffer.from(JSON.stringify(openApiV3(served, this.#options.version)));
    const made = { body, hash: createHash("sha512").update(body).digest("hex").toUpperCase() };
    this.#documents.set(served, made);
    return made;
  }
}

function pathOf(apiVersion: string): string {
  return groupOf(apiVersion) === "" ? `api/${apiVersion}` : `apis/${apiVersion}`;
}
