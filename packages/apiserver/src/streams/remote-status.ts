import { newInternalError, type V1Status } from "@dingi/apimachinery";

/** What ends an exec or attach: success, or why not; in the words of the API server. */
export type RemoteStatus = { readonly metadata: object } & Omit<V1Status, "metadata" | "kind" | "apiVersion">;

const SUCCESS: RemoteStatus = { metadata: {}, status: "Success" };

export function failed(message: string): RemoteStatus {
  const { kind: _kind, apiVersion: _version, ...status } = newInternalError(message).status;
  return { ...status, metadata: {} };
}

/**
 * Reads what the runtime wrote to the error stream. Nothing written is success, too.
 * Upstream: client-go/tools/remotecommand/v4.go#errorDecoderV4, apiserver/pkg/util/proxy/streamtranslator.go#codeExitToStatusError
 */
export function readRemoteStatus(text: string): RemoteStatus {
  if (text === "") return SUCCESS;
  const status = parse(text);
  if (!status) return failed(`error stream protocol error: the status is not valid JSON: ${JSON.stringify(text)}`);
  if (status.status === "Success") return SUCCESS;
  if (status.status !== "Failure") return failed("error stream protocol error: unknown error");
  return status.reason === "NonZeroExitCode" ? exited(status) : failed(status.message ?? "");
}

function parse(text: string): Partial<V1Status> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function exited({ details }: Partial<V1Status>): RemoteStatus {
  if (!details) return failed("error stream protocol error: details must be set");
  const code = details.causes?.find(({ reason }) => reason === "ExitCode")?.message;
  if (code === undefined) return failed("error stream protocol error: no ExitCode cause given");
  if (!/^\d{1,3}$/.test(code) || Number(code) > 255)
    return failed(`error stream protocol error: invalid exit code value ${JSON.stringify(code)}`);
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: command terminated with exit code ${Number(code)}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(Number(code)) }] },
  };
}
