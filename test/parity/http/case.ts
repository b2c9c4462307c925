/** One request, and what of the answer later steps need. */
export interface HttpStep {
  /** "PATCH /api/v1/namespaces/{ns}/pods/p?force=true"; {ns} is the case's own namespace, {name} what `keep` kept. */
  readonly do: string;
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A user to act as, by impersonation; the administrator otherwise. */
  readonly as?: string;
  /** Where in the answer a value lies that a later step names: `{rv: "metadata.resourceVersion"}`. */
  readonly keep?: Readonly<Record<string, string>>;
  /** How many lines of a stream are read before it is left. */
  readonly lines?: number;
  /** Of an answer that is no refusal only the status is compared. */
  readonly refusalOnly?: true;
  /** Only prepares the next steps; its answer is not compared. */
  readonly silent?: true;
}

export interface HttpCase {
  readonly name: string;
  readonly steps: readonly HttpStep[];
}

export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly lines: number | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

/** Asks one server or the other. */
export type Ask = (exchange: Exchange) => Promise<Answer>;

const MERGE = "application/merge-patch+json";

/** Asks all of a case's questions in order. */
export async function runCase(testCase: HttpCase, namespace: string, ask: Ask): Promise<Answer[]> {
  const kept: Record<string, string> = { ns: namespace };
  const fill = (text: string) => text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => kept[name] ?? whole);
  const answers: Answer[] = [];
  for (const step of [...preparation(namespace), ...testCase.steps]) {
    const answer = await ask(exchangeOf(step, fill));
    for (const [name, path] of Object.entries(step.keep ?? {})) kept[name] = lookUp(answer.text, path);
    if (step.refusalOnly && answer.status < 300) answers.push({ status: answer.status, headers: {}, text: "" });
    else if (!step.silent) answers.push(answer);
    else if (answer.status >= 300) throw new Error(`"${step.do}" failed, which only prepares: ${answer.text}`);
  }
  return answers;
}

/** No controllers run, so nobody else makes the account that pods need. */
function preparation(namespace: string): HttpStep[] {
  const account = { metadata: { name: "default" } };
  return [
    { do: "POST /api/v1/namespaces", body: { metadata: { name: namespace } }, silent: true },
    { do: "POST /api/v1/namespaces/{ns}/serviceaccounts", body: account, silent: true },
  ];
}

function exchangeOf(step: HttpStep, fill: (text: string) => string): Exchange {
  const [method = "GET", url = "/"] = fill(step.do).split(" ");
  const body = step.text ?? (step.body === undefined ? undefined : fill(JSON.stringify(step.body)));
  const type = method === "PATCH" ? MERGE : "application/json";
  return {
    method,
    url,
    headers: {
      accept: "application/json",
      "user-agent": "parity",
      ...(body === undefined ? {} : { "content-type": type }),
      ...(step.as === undefined ? {} : { "impersonate-user": step.as }),
      ...Object.fromEntries(Object.entries(step.headers ?? {}).map(([name, value]) => [name, fill(value)])),
    },
    body,
    lines: step.lines,
  };
}

function lookUp(text: string, path: string): string {
  let value: unknown = JSON.parse(text);
  for (const part of path.split(".")) value = (value as Record<string, unknown> | undefined)?.[part];
  if (typeof value !== "string") throw new Error(`There is no "${path}" in the answer ${text.slice(0, 300)}`);
  return value;
}
