import { createServer } from "node:https";
import { seededRandom } from "../../../packages/base/src/index.ts";
import { createCertificateAuthority } from "../../../packages/component-base/src/index.ts";

/** Both servers are told of webhooks at this address, and what they are called about stands in messages. */
const WEBHOOK_PORT = 19243;

interface ParityWebhooks extends AsyncDisposable {
  /** Where they really are. */
  readonly port: number;
  /** PEM in base64. */
  readonly caBundle: string;
}

interface Review {
  readonly apiVersion: string;
  readonly request: { readonly uid: string };
}

const VALIDITY = { notBefore: Date.UTC(2020), notAfter: Date.UTC(2100) };

/**
 * Webhooks that answer what their path says: "/RESPONSE", the response of an AdmissionReview as JSON in base64url, with the
 * uid of the request unless it has one; "/raw/TEXT", a text in base64url; "/status/CODE"; and "/echo", a refusal that tells what
 * the webhook was told.
 */
export async function startParityWebhooks(port = WEBHOOK_PORT): Promise<ParityWebhooks> {
  const ca = await createCertificateAuthority({ commonName: "parity", random: seededRandom(1), ...VALIDITY });
  const usages = ["digital signature", "server auth"];
  const issued = ca.issue({ subject: { commonName: "localhost" }, usages, ...VALIDITY, dnsNames: ["localhost"] });
  const server = createServer({ cert: issued.certificatePem, key: issued.keyPem }, (request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    request.on("end", () => {
      const [first = "", second = ""] = request.url!.slice(1).split("?")[0]!.split("/");
      const review = JSON.parse(Buffer.concat(chunks).toString()) as Review;
      if (first === "raw") response.setHeader("content-type", "application/json").end(textOf(second));
      else if (first === "status") response.writeHead(Number(second), { "content-type": "text/plain" }).end(" broken ");
      else response.setHeader("content-type", "application/json").end(JSON.stringify(answerOf(first, review)));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    caBundle: Buffer.from(ca.certificatePem).toString("base64"),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const textOf = (encoded: string): string => Buffer.from(encoded, "base64url").toString();

function answerOf(path: string, { apiVersion, request }: Review): object {
  const { uid } = request;
  const response =
    path === "echo" ? { allowed: false, status: { message: told(request) } } : (JSON.parse(textOf(path)) as object);
  return { kind: "AdmissionReview", apiVersion, response: { uid, ...response } };
}

const GENERATED = /^(g-|parity-asked-)\w{5}$/;

/** Names in their order, and without what differs from run to run. */
function told(request: object): string {
  const varying = new Set(["uid", "creationTimestamp", "resourceVersion", "time", "managedFields", "extra"]);
  return JSON.stringify(request, (name, value: unknown) => {
    if (varying.has(name)) return undefined;
    // The server makes up what follows.
    if (typeof value === "string" && GENERATED.test(value)) return value.replace(GENERATED, "$1<suffix>");
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
