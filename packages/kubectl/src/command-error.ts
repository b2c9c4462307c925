import { StatusError, type V1StatusCause } from "@dingi/apimachinery";

/** A failure of the command itself; its message is printed after "error: ". */
export class CommandError extends Error {
  override name = "CommandError";
  readonly exitCode: number;
  /** False when the message is whole as it stands. */
  readonly prefixed: boolean;

  constructor(message: string, options: ErrorOptions & { exitCode?: number; prefixed?: boolean } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? 1;
    this.prefixed = options.prefixed ?? true;
  }
}

/** The command line is wrong; the second line tells where to read what is right. */
export class UsageError extends CommandError {
  override name = "UsageError";

  constructor(message: string, hint: string) {
    super(`${message}\n${hint}`);
  }
}

/** Several objects failed, each for its own reason. */
class ManyErrors extends Error {
  override name = "ManyErrors";
  readonly errors: readonly unknown[];

  constructor(errors: readonly unknown[]) {
    super("Several operations failed");
    this.errors = errors;
  }
}

export function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new ManyErrors(errors);
}

/** The same failure with what was being done in front: `error when creating "x.yaml": …`. */
export function addContext(error: unknown, context: string): unknown {
  if (!(error instanceof StatusError) || error.reason === "Invalid") return error;
  return new StatusError({ ...error.status, message: `${context}: ${error.message}` }, { cause: error });
}

/** What goes to standard error, with the line's end. Upstream: kubectl/pkg/cmd/util/helpers.go#checkErr */
export function errorText(error: unknown, server: string): string {
  if (error instanceof ManyErrors) return error.errors.map((each) => oneOfMany(each, server)).join("");
  if (error instanceof StatusError) return statusText(error);
  if (error instanceof CommandError && error.message === "") return "";
  if (error instanceof CommandError) return `${error.prefixed ? "error: " : ""}${error.message}\n`;
  return networkText(error, server);
}

/** Of several each stands for itself, and ours without "error: ". Upstream: kubectl/pkg/cmd/util/helpers.go#MultilineError */
function oneOfMany(error: unknown, server: string): string {
  return error instanceof CommandError ? `${error.message}\n` : errorText(error, server);
}

export function exitCodeOf(error: unknown): number {
  return error instanceof CommandError ? error.exitCode : 1;
}

function statusText(error: StatusError): string {
  if (error.reason === "Unauthorized") return `error: You must be logged in to the server (${error.message})\n`;
  if (error.reason === "Invalid") return invalidText(error);
  return `Error from server${error.reason ? ` (${error.reason})` : ""}: ${error.message}\n`;
}

function invalidText(error: StatusError): string {
  const { kind, name, causes = [] } = error.status.details ?? {};
  const subject = kind ? `The ${kind} ${JSON.stringify(name ?? "")} is invalid` : "The request is invalid";
  if (causes.length === 0) return `${subject}: ${error.message}\n`;
  const lines = causes.map(causeText);
  return lines.length === 1
    ? `${subject}: ${lines[0]}\n`
    : `${subject}: \n${lines.map((line) => `* ${line}\n`).join("")}`;
}

function causeText({ field, message }: V1StatusCause): string {
  return field ? `${field}: ${message ?? ""}` : (message ?? "");
}

function networkText(error: unknown, server: string): string {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === "ECONNREFUSED") {
    const host = URL.canParse(server) ? new URL(server).host : server;
    return `The connection to the server ${host} was refused - did you specify the right host or port?\n`;
  }
  return code === undefined ? `error: ${message}\n` : `Unable to connect to the server: ${message}\n`;
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("errors" in error && Array.isArray(error.errors) && error.errors.length > 0) return codeOf(error.errors[0]);
  if ("code" in error && typeof error.code === "string" && /^(E[A-Z]+|.*CERT.*|.*SIGNATURE.*)$/.test(error.code))
    return error.code;
  return "cause" in error ? codeOf(error.cause) : undefined;
}
