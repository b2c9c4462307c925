import {
  invalid,
  isDns1123Subdomain,
  isValidPortNum,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { UrlError } from "./go-url-escape.ts";
import { parseGoUrl, type GoUrl } from "./go-url.ts";
import type { Webhook } from "./webhook.ts";

type ClientConfig = Webhook["clientConfig"];
type ServiceReference = NonNullable<ClientConfig["service"]>;

export function clientConfigErrors({ url, service }: Partial<ClientConfig>, field: FieldPath): FieldError[] {
  if (url !== undefined && service === undefined) return urlErrors(url, field.child("url"));
  if (service !== undefined && url === undefined) return serviceErrors(service, field.child("service"));
  return [required(field, "exactly one of url or service is required")];
}

const FORM = "; desired format: https://host[/path]";

/** Upstream: apiserver/pkg/util/webhook/validation.go#ValidateWebhookURL */
function urlErrors(text: string, field: FieldPath): FieldError[] {
  try {
    return partErrors(parseGoUrl(text), field);
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    return [required(field, `url must be a valid URL: ${error.message}${FORM}`)];
  }
}

function partErrors({ scheme, host, user, fragment, query }: GoUrl, field: FieldPath): FieldError[] {
  return [
    ...(scheme === "https" ? [] : [invalid(field, scheme, `'https' is the only allowed URL scheme${FORM}`)]),
    ...(host === "" ? [invalid(field, host, `host must be specified${FORM}`)] : []),
    ...(user === undefined ? [] : [invalid(field, user, "user information is not permitted in the URL")]),
    ...(fragment === "" ? [] : [invalid(field, fragment, "fragments are not permitted in the URL")]),
    ...(query === "" ? [] : [invalid(field, query, "query parameters are not permitted in the URL")]),
  ];
}

/** Upstream gives name and namespace in the wrong order, and so do its answers. Upstream: …#ValidateWebhookService */
function serviceErrors({ name, namespace, port = 0, path = "" }: ServiceReference, field: FieldPath): FieldError[] {
  const problems = isValidPortNum(port);
  return [
    ...(namespace ? [] : [required(field.child("name"))]),
    ...(name ? [] : [required(field.child("namespace"))]),
    ...(problems.length > 0 ? [invalid(field.child("port"), port, `port is not valid: ${problems.join(", ")}`)] : []),
    ...pathErrors(path, field.child("path")),
  ];
}

function pathErrors(path: string, field: FieldPath): FieldError[] {
  if (path === "" || path === "/") return [];
  if (path === "//") return [invalid(field, path, "segment[0] may not be empty")];
  const segments = path.slice(1).replace(/\/$/, "").split("/");
  return [
    ...(path.startsWith("/") ? [] : [invalid(field, path, "must start with a '/'")]),
    ...segments.flatMap((segment, i) => {
      if (segment === "") return [invalid(field, path, `segment[${i}] may not be empty`)];
      return isDns1123Subdomain(segment).map((text) => invalid(field, path, `segment[${i}]: ${text}`));
    }),
  ];
}
